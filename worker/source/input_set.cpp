#include "worker/source/input_set.h"

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

#include "common/threads.h"
#include "worker/display/cookie.h"
#include "worker/source/figure_window.h"
#include "worker/source/input_plan.h"
#include "worker/source/list_edit.h"
#include "worker/source/show_rule.h"
#include "worker/source/slate.h"

namespace worker {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

// For threads that are not stuck in a call; one that is stays behind, and the process ends with _exit.
constexpr auto farewell_max = 300ms;
// After an input was closed: so long its thread may take to leave the call it is in.
constexpr auto leave_time_max = 2s;
// After a pause: so long the slate of the pause is kept for inputs that have no new picture yet.
constexpr auto first_picture_max = 1000ms;

std::string without_tag(const std::string& error) {
  const std::size_t end = error.find(": ");
  return end == std::string::npos ? error : error.substr(end + 2);
}

// What the policy for a locked or sleeping screen hides must not shine through the slate either.
bool hides_the_picture(const std::string& error) {
  return error.starts_with("locked: ") || error.starts_with("asleep: ");
}

OnAir answer_of(int priority, bool slate, std::shared_ptr<const Picture> picture) {
  const std::uint64_t serial = picture->serial();
  return {priority, slate, std::move(picture), serial};
}

struct Report {
  common::InputState state = common::InputState::Closed;
  std::string error;
  bool stuck = false;
  friend bool operator==(const Report&, const Report&) = default;
};

struct Input {
  common::InputSettings settings;
  InputPlan plan;
  std::shared_ptr<Leftovers> leftovers;
  std::unique_ptr<SlateMaker> slate;  // of type slate: it has no thread
  std::shared_ptr<Feed> feed;         // open: what its thread finds
  std::thread thread;
  std::shared_ptr<Feed> former_feed;  // of the thread before this one
  std::optional<Report> reported;
  std::string last_error;  // the latest since it last gave pictures, also while it is tried again or closed
  FigureWindow figures;
};

// A thread that was told to end.
struct Leaving {
  std::shared_ptr<Feed> feed;
  std::shared_ptr<Leftovers> leftovers;
  std::thread thread;
  common::MonoTime since;
  bool gone = false;
};

class ThreadedInputs : public InputSet {
 public:
  ThreadedInputs(const common::WorkerSettings& settings, const CanvasSize& canvas)
      : canvas_(canvas),
        grid_(settings.grid),
        display_retry_(settings.display_retry_ms),
        stuck_max_(settings.stuck_max),
        revision_(settings.revision),
        open_(settings.open),
        rule_(static_cast<std::size_t>(std::max(0, settings.selected))),
        exclusive_allowed_(!settings.standby),
        board_(std::make_shared<Board>()),
        all_leftovers_(std::make_shared<Leftovers>()) {
    for (const auto& input : settings.inputs) inputs_.push_back(make_input(input));
    end_with_slate();
    if (rule_.selected() >= inputs_.size()) rule_ = ShowRule(0);
    const std::lock_guard lock(board_->mutex);
    open_and_close();
  }

  ~ThreadedInputs() override {
    std::unique_lock lock(board_->mutex);
    for (Input& input : inputs_) close(input);
    board_->news.wait_until(lock, steady_clock::now() + farewell_max, [&] {
      return std::all_of(leaving_.begin(), leaving_.end(),
                         [](const Leaving& one) { return one.feed->finished; });
    });
    std::vector<bool> finished;
    for (const Leaving& one : leaving_) finished.push_back(one.feed->finished);
    lock.unlock();
    for (std::size_t i = 0; i < leaving_.size(); ++i)
      finished[i] ? leaving_[i].thread.join() : leaving_[i].thread.detach();
  }

  OnAir on_air(common::Slot slot, common::MonoTime deadline) override {
    std::unique_lock lock(board_->mutex);
    board_->asked = std::max(board_->asked, slot);
    if (std::exchange(board_->starving, false)) board_->wake.notify_all();
    if (veiled(steady_clock::now())) return veil();
    Shown shown = decide();
    while (is_behind(shown, slot) && board_->news.wait_until(lock, deadline) == std::cv_status::no_timeout)
      shown = decide();
    shown = decide();
    on_air_ = shown;
    ask_for_pictures(shown);
    if (shown.what == Shows::Input && !inputs_[shown.input].slate) return picture_of(shown.input);
    // After a slate there is none to be held: the last one is from before it, and may be hidden by policy.
    if (shown.what == Shows::LastPicture && picture_was_on_air_)
      return answer_of(static_cast<int>(last_good_of_.value_or(shown.input)), false, last_good_);
    picture_was_on_air_ = false;
    const auto out = missing(shown);
    const auto scene = out ? outage(*out) : own_slate(shown.input);
    SlateMaker& maker = *inputs_[shown.what == Shows::Input ? shown.input : inputs_.size() - 1].slate;
    lock.unlock();
    const int priority = shown.what == Shows::Input ? static_cast<int>(shown.input) : -1;
    return answer_of(priority, true, maker.picture(scene, steady_clock::now()));
  }

  std::vector<common::Message> take_messages() override {
    const std::lock_guard lock(board_->mutex);
    const common::MonoTime now = steady_clock::now();
    reap(now);
    report(now);
    for (Input& input : inputs_)
      if (input.slate) board_->add_messages(input.slate->take_messages());
    return std::exchange(board_->messages, {});
  }

  InputCounters counters(common::MonoTime now) const override {
    const std::lock_guard lock(board_->mutex);
    InputCounters sum;
    sum.frames_captured = closed_captured_;
    sum.damage_events = closed_damage_;
    sum.last_sign_of_life_ms = 0;
    for (const Input& input : inputs_) {
      if (!input.feed) continue;
      sum.frames_captured += input.feed->captured;
      sum.damage_events += input.feed->damage_events;
    }
    const Feed* feed = inputs_[on_air_.input].feed.get();
    sum.display_asleep = feed != nullptr && feed->display_asleep;
    sum.display_locked = feed != nullptr && feed->display_locked;
    if (feed != nullptr) sum.capture_mode = feed->capture_mode;
    if (feed != nullptr && on_air_.what != Shows::Outage)  // the slate is always well
      sum.last_sign_of_life_ms = age_ms(feed->life, now);
    return sum;
  }

  std::uint64_t revision() const override { return revision_; }

  common::Result<void> switch_to(const common::SwitchInput& order) override {
    if (order.revision != revision_)
      return common::error("inputs of revision " + std::to_string(order.revision) +
                           " are not in force, but " + std::to_string(revision_));
    if (order.priority < 0 || order.priority >= static_cast<int>(inputs_.size()))
      return common::error("there is no input " + std::to_string(order.priority) + ", only 0 to " +
                           std::to_string(inputs_.size() - 1));
    const std::lock_guard lock(board_->mutex);
    rule_.select(static_cast<std::size_t>(order.priority));
    open_ = order.open;
    open_and_close();
    if (const auto& feed = inputs_[rule_.selected()].feed) {
      feed->full_rate = true;
      board_->wake.notify_all();
    }
    return {};
  }

  common::Result<void> edit(const common::EditInput& line) override {
    auto list = edit_.add(line);
    if (!list) return list.error();
    if (!*list) return {};
    const std::lock_guard lock(board_->mutex);
    replace(std::move((*list)->inputs));
    revision_ = (*list)->revision;
    return {};
  }

  void pace(int every) override {
    const std::lock_guard lock(board_->mutex);
    board_->every = every;
  }

  void park(bool parked) override {
    const std::lock_guard lock(board_->mutex);
    if (parked && opened_) exclusive_allowed_ = false;
    if (!parked) opened_ = exclusive_allowed_ = true;
    parked_ = parked;
    tell_parked();
    open_and_close();
  }

  void pause(bool paused) override {
    const std::lock_guard lock(board_->mutex);
    if (paused == paused_) return;
    paused_ = paused;
    const common::MonoTime now = steady_clock::now();
    if (!paused) fresh_from_ = grid_.slot_at(now) + 1;
    for (const Input& input : inputs_)
      if (!paused && input.feed) input.feed->forget = true;
    unveil_by_ = now + first_picture_max;
    rule_.forget();
    last_good_.reset();
    tell_parked();
  }

  void drill(const std::string& fault) override {
    const std::lock_guard lock(board_->mutex);
    const Shown shown = decide();
    if (shown.what == Shows::Outage || !inputs_[shown.input].feed)
      return board_->add_messages({common::LogLine{"warn", "drill " + fault + ": the slate has no faults"}});
    inputs_[shown.input].feed->drill = fault;
    board_->wake.notify_all();
  }

 private:
  Input make_input(const common::InputSettings& settings) {
    Input input;
    input.settings = settings;
    input.leftovers = std::make_shared<Leftovers>(all_leftovers_);
    if (settings.type == "slate") {
      input.plan.name = "slate";
      input.slate = std::make_unique<SlateMaker>(canvas_, settings.image, settings.background == "dimmed");
    } else {
      input.plan = plan_of(input);
    }
    return input;
  }

  InputPlan plan_of(const Input& input) const {
    return plan_input(input.settings, {canvas_, display_retry_, input.leftovers});
  }

  void end_with_slate() {
    if (!inputs_.empty() && inputs_.back().slate) return;
    common::InputSettings slate;
    slate.type = "slate";
    inputs_.push_back(make_input(slate));
  }

  // Mutex held, as in all functions below.
  bool wants_open(std::size_t index) const {
    const Input& input = inputs_[index];
    if (input.slate || (input.settings.exclusive && !exclusive_allowed_)) return false;
    return index == rule_.selected() || index == rule_.former() ||
           std::find(open_.begin(), open_.end(), static_cast<int>(index)) != open_.end();
  }

  void open_and_close() {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const bool wanted = wants_open(i);
      if (wanted && !inputs_[i].feed) open(i);
      if (!wanted && inputs_[i].feed) close(inputs_[i]);
    }
  }

  void open(std::size_t index) {
    Input& input = inputs_[index];
    // A thread that has not left yet still uses what the plan remembers.
    if (input.former_feed && !input.former_feed->finished) input.plan = plan_of(input);
    input.feed = std::make_shared<Feed>();
    input.feed->priority = static_cast<int>(index);
    input.figures = {};
    input.feed->leftovers = input.leftovers;
    const auto started =
        common::start_thread(input.thread, [board = board_, feed = input.feed, plan = input.plan,
                                            grid = grid_] { run_capture(board, feed, plan, grid); });
    if (started) return;
    input.feed->state = Feed::State::Failed;
    input.feed->error = "input: " + started.error().reason;
    input.feed->finished = true;
  }

  void close(Input& input) {
    if (!input.feed) return;
    closed_captured_ += input.feed->captured;
    closed_damage_ += input.feed->damage_events;
    input.feed->stop = true;
    board_->wake.notify_all();
    input.former_feed = input.feed;
    if (input.thread.joinable())
      leaving_.push_back({input.feed, input.leftovers, std::move(input.thread), steady_clock::now()});
    input.feed.reset();
  }

  // Threads of closed inputs that have left, or will not in time.
  void reap(common::MonoTime now) {
    for (Leaving& one : leaving_) {
      one.gone = one.feed->finished || now - one.since > leave_time_max;
      if (!one.gone) continue;
      if (one.feed->finished) {
        one.thread.join();
      } else {
        one.feed->left = true;
        one.leftovers->leave();
        one.thread.detach();
      }
    }
    std::erase_if(leaving_, [](const Leaving& one) { return one.gone; });
    const int stuck = all_leftovers_->alive();
    if (stuck >= stuck_max_ && !std::exchange(trouble_told_, stuck >= stuck_max_))
      board_->add_messages({common::Trouble{
          common::stuck_inputs, std::to_string(stuck) + " threads of inputs do not come back from a call"}});
    trouble_told_ = stuck >= stuck_max_;
  }

  void replace(std::vector<common::InputSettings> settings) {
    std::vector<Input> former = std::exchange(inputs_, {});
    std::vector<std::optional<std::size_t>> place(former.size());
    for (auto& wanted : settings) {
      const auto same = std::find_if(former.begin(), former.end(), [&](const Input& input) {
        return !place[static_cast<std::size_t>(&input - former.data())] &&
               is_same_source(input.settings, wanted);
      });
      if (same == former.end()) {
        inputs_.push_back(make_input(wanted));
        continue;
      }
      place[static_cast<std::size_t>(same - former.begin())] = inputs_.size();
      inputs_.push_back(std::move(*same));
      inputs_.back().settings = std::move(wanted);
    }
    end_with_slate();
    for (std::size_t i = 0; i < former.size(); ++i)
      if (!place[i]) close(former[i]);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      inputs_[i].reported.reset();
      if (inputs_[i].feed) inputs_[i].feed->priority = static_cast<int>(i);
    }
    const auto moved = [&](std::optional<std::size_t> old) { return old ? place[*old] : std::nullopt; };
    std::vector<int> open;
    for (const int old : open_)
      if (old >= 0 && static_cast<std::size_t>(old) < place.size() && place[static_cast<std::size_t>(old)])
        open.push_back(static_cast<int>(*place[static_cast<std::size_t>(old)]));
    open_ = std::move(open);
    on_air_.input = moved(on_air_.input).value_or(inputs_.size() - 1);
    last_good_of_ = moved(last_good_of_);
    rule_.move(moved(rule_.selected()), moved(rule_.former()));
    open_and_close();
  }

  std::vector<InputFact> facts(common::MonoTime now) const {
    std::vector<InputFact> facts;
    for (const Input& input : inputs_) facts.push_back(fact(input, now));
    return facts;
  }

  InputFact fact(const Input& input, common::MonoTime now) const {
    if (input.slate) return InputFact::Gives;
    if (!input.feed) return InputFact::Opening;
    if (input.feed->state == Feed::State::Failed || is_hung(*input.feed, now)) return InputFact::Failed;
    // A picture from before or during a pause is never shown after it: it may be what the pause was for.
    const bool gives = input.feed->state == Feed::State::Giving && input.feed->slot >= fresh_from_;
    if (!gives) return InputFact::Opening;
    return input.feed->current ? InputFact::Gives : InputFact::Behind;
  }

  Shown decide() {
    const common::MonoTime now = steady_clock::now();
    const bool had_former = rule_.former().has_value();
    const Shown shown = rule_.decide(facts(now), now);
    if (had_former && !rule_.former()) open_and_close();
    if (!missing(shown)) outage_since_.reset();
    if (missing(shown) && !outage_since_) outage_since_ = now;
    return shown;
  }

  // The picture of this slot may still come.
  bool is_behind(const Shown& shown, common::Slot slot) const {
    return shown.what == Shows::Input && inputs_[shown.input].feed && inputs_[shown.input].feed->slot < slot;
  }

  void tell_parked() {
    board_->parked = parked_ || paused_;
    board_->wake.notify_all();
  }

  // Paused, or resumed and nothing captured since.
  bool veiled(common::MonoTime now) const {
    return paused_ || (now < unveil_by_ && fact(inputs_[rule_.selected()], now) != InputFact::Gives);
  }

  OnAir veil() {
    picture_was_on_air_ = false;
    on_air_ = {Shows::Outage, inputs_.size() - 1};
    const SlateMaker::Scene scene{{"Paused", {"", "The picture will be back in a moment"}}, {}, nullptr};
    return answer_of(-1, true, inputs_.back().slate->picture(scene, steady_clock::now()));
  }

  OnAir picture_of(std::size_t index) {
    last_good_ = inputs_[index].feed->picture;
    last_good_of_ = index;
    picture_was_on_air_ = true;
    return answer_of(static_cast<int>(index), false, last_good_);
  }

  // What is not on air, nor about to be, only shows that it lives.
  void ask_for_pictures(const Shown& shown) {
    bool changed = false;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!inputs_[i].feed) continue;
      const bool wanted = i == shown.input || i == rule_.selected();
      changed = changed || inputs_[i].feed->full_rate != wanted;
      inputs_[i].feed->full_rate = wanted;
      inputs_[i].feed->current = inputs_[i].feed->current && wanted;
    }
    if (changed) board_->wake.notify_all();
  }

  Report report_of(const Input& input, common::MonoTime now) const {
    const bool stuck = input.leftovers->alive() > 0;
    if (input.slate) return {common::InputState::Giving, "", false};
    if (!input.feed) return {common::InputState::Closed, "", stuck};
    const Feed& feed = *input.feed;
    if (is_hung(feed, now)) return {common::InputState::Hung, input.plan.hang_error, stuck};
    if (feed.state == Feed::State::Opening) return {common::InputState::Opening, "", stuck};
    if (feed.state == Feed::State::Giving) return {common::InputState::Giving, feed.error, stuck};
    return {common::InputState::Failed, feed.error, stuck};
  }

  void report(common::MonoTime now) {
    std::vector<common::Message> messages;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      Input& input = inputs_[i];
      Report current = report_of(input, now);
      if (input.feed) input.feed->error_told = true;
      if (input.reported != current)
        messages.emplace_back(
            common::InputReport{revision_, static_cast<int>(i), current.state, current.error, current.stuck});
      if (current.state == common::InputState::Giving) input.last_error.clear();
      if (current.state != common::InputState::Giving && !current.error.empty())
        input.last_error = current.error;
      input.reported = std::move(current);
      if (!input.feed) continue;
      if (auto figures = input.figures.look(counts_of(*input.feed), now)) {
        figures->revision = revision_;
        figures->priority = static_cast<int>(i);
        messages.emplace_back(*figures);
      }
    }
    board_->add_messages(std::move(messages));
  }

  static InputCounts counts_of(const Feed& feed) {
    if (!feed.received) return {feed.captured, 0, 0, 0, feed.picture_at, feed.life};
    const Received& received = *feed.received;
    return {received.pictures, received.packets, received.bytes, received.lost,
            feed.picture_at,   feed.life,        feed.content};
  }

  // What may lie behind a slate: nothing while any screen is hidden by its policy, whoever is selected.
  std::shared_ptr<const Picture> backdrop() const {
    const bool hidden = std::any_of(inputs_.begin(), inputs_.end(),
                                    [](const Input& input) { return hides_the_picture(input.last_error); });
    return hidden ? nullptr : last_good_;
  }

  // The input that the slate stands for: the selected one, or, where the supervisor selected the last slate
  // because nothing else works, the first that failed.
  std::optional<std::size_t> missing(const Shown& shown) const {
    if (shown.what != Shows::Input) return shown.input;
    if (shown.input + 1 < inputs_.size()) return std::nullopt;
    const auto failed = std::find_if(inputs_.begin(), inputs_.end(),
                                     [](const Input& input) { return !input.last_error.empty(); });
    if (failed == inputs_.end()) return std::nullopt;
    return static_cast<std::size_t>(failed - inputs_.begin());
  }

  // A slate that was selected, or stands in the list.
  SlateMaker::Scene own_slate(std::size_t index) const {
    const common::InputSettings& slate = inputs_[index].settings;
    return {{slate.text.empty() && slate.image.empty() ? "No input" : slate.text, {}}, {}, backdrop()};
  }

  // What the last slate says when the selected input gives nothing: its own text, and why.
  SlateMaker::Scene outage(std::size_t index) const {
    const Input& input = inputs_[index];
    const std::string& error = input.last_error;
    const std::string& text = inputs_.back().settings.text;
    const std::string name = input.plan.name.empty() ? "the display" : input.plan.name;
    return {{text.empty() ? "No picture from " + name : text,
             {"", error.empty() ? "Opening it" : without_tag(error), "", "The stream goes on; trying again"}},
            outage_since_,
            backdrop()};
  }

  const CanvasSize canvas_;
  const common::TimeGrid grid_;
  const std::chrono::milliseconds display_retry_;
  const int stuck_max_;
  std::uint64_t revision_;
  std::vector<int> open_;  // as the supervisor said
  ShowRule rule_;
  bool exclusive_allowed_;
  bool opened_ = false;           // was activated
  std::shared_ptr<Board> board_;  // shared with threads that may outlive this object
  std::shared_ptr<Leftovers> all_leftovers_;
  std::vector<Input> inputs_;  // ends with a slate
  std::vector<Leaving> leaving_;
  ListEdit edit_;
  Shown on_air_;
  bool parked_ = false, paused_ = false;
  bool picture_was_on_air_ = false;  // the answer before was last_good_, not a slate
  bool trouble_told_ = false;
  common::Slot fresh_from_ = -1;  // pictures of slots before it are not shown
  common::MonoTime unveil_by_{};
  std::optional<common::MonoTime> outage_since_;
  std::uint64_t closed_captured_ = 0, closed_damage_ = 0;  // of inputs that were closed
  std::shared_ptr<const Picture> last_good_;               // the last that was on air
  std::optional<std::size_t> last_good_of_;                // whose it is, while that one is in the list
};

// x11grab asks the environment for its cookie file; nothing of ours runs yet that could read it meanwhile.
void set_cookie_for_x11grab(const std::vector<common::InputSettings>& inputs) {
  for (const auto& input : inputs)
    if (input.capture == "x11grab" && !input.xauthority.empty()) {
      setenv("XAUTHORITY", input.xauthority.c_str(), 1);
      return;
    }
}

}  // namespace

std::unique_ptr<InputSet> open_inputs(const common::WorkerSettings& settings) {
  set_cookie_for_x11grab(settings.inputs);
  name_usual_cookie_file();
  const CanvasSize canvas{std::max(2, settings.video.width & ~1), std::max(2, settings.video.height & ~1)};
  return std::make_unique<ThreadedInputs>(settings, canvas);
}

}  // namespace worker
