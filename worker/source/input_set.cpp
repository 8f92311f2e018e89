#include "worker/source/input_set.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "worker/source/capture_thread.h"
#include "worker/source/input_plan.h"

namespace worker {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

// For threads that are not stuck in a call; one that is stays behind, and the process ends with _exit.
constexpr auto farewell_max = 300ms;
// After a pause: so long the slate of the pause is kept for inputs that have no new picture yet.
constexpr auto first_picture_max = 1000ms;

std::string without_tag(const std::string& error) {
  const std::size_t end = error.find(": ");
  return end == std::string::npos ? error : error.substr(end + 2);
}

class ThreadedInputs : public InputSet {
 public:
  ThreadedInputs(std::vector<InputPlan> plans, const CanvasSize& canvas, const common::TimeGrid& grid)
      : canvas_(canvas), grid_(grid), plans_(std::move(plans)), board_(std::make_shared<Board>()) {
    if (plans_.empty() || !plans_.back().slate) {
      plans_.emplace_back();
      plans_.back().name = "slate";
      plans_.back().slate = true;
    }
    board_->feeds.resize(plans_.size());
    reported_.resize(plans_.size());
    for (std::size_t i = 0; i < plans_.size(); ++i)
      if (!plans_[i].slate)
        threads_.emplace_back(i, std::thread([board = board_, i, plan = plans_[i], grid] {
                                run_capture(board, i, plan, grid);
                              }));
  }

  ~ThreadedInputs() override {
    std::unique_lock lock(board_->mutex);
    board_->stop = true;
    board_->wake.notify_all();
    const auto all_left = [&] {
      return std::all_of(threads_.begin(), threads_.end(),
                         [&](const auto& thread) { return board_->feeds[thread.first].finished; });
    };
    board_->news.wait_until(lock, steady_clock::now() + farewell_max, all_left);
    std::vector<bool> left;
    for (const auto& [index, thread] : threads_) left.push_back(board_->feeds[index].finished);
    lock.unlock();
    for (std::size_t i = 0; i < threads_.size(); ++i)
      left[i] ? threads_[i].second.join() : threads_[i].second.detach();
  }

  OnAir on_air(common::Slot slot, common::MonoTime deadline) override {
    std::unique_lock lock(board_->mutex);
    if (veiled(steady_clock::now())) return veil();
    std::size_t best = choose(steady_clock::now());
    while (!plans_[best].slate && board_->feeds[best].slot < slot &&
           board_->news.wait_until(lock, deadline) == std::cv_status::no_timeout)
      best = choose(steady_clock::now());
    best = choose(steady_clock::now());
    show(best);
    report(best, steady_clock::now());
    OnAir answer;
    answer.priority = static_cast<int>(best);
    answer.slate = plans_[best].slate;
    answer.picture = board_->feeds[best].picture;
    const std::vector<std::string> lines = answer.slate ? outage(best) : std::vector<std::string>();
    lock.unlock();
    if (answer.slate) answer.picture = slate(lines);
    return numbered(std::move(answer));
  }

  std::vector<common::Message> take_messages() override {
    const std::lock_guard lock(board_->mutex);
    const common::MonoTime now = steady_clock::now();
    report(veiled(now) ? plans_.size() : choose(now), now);
    return std::exchange(board_->messages, {});
  }

  InputCounters counters(common::MonoTime now) const override {
    const std::lock_guard lock(board_->mutex);
    InputCounters sum;
    for (const Feed& feed : board_->feeds) {
      sum.frames_captured += feed.captured;
      sum.damage_events += feed.damage_events;
    }
    sum.display_asleep = board_->feeds[on_air_].display_asleep;
    if (plans_[on_air_].slate) {
      sum.last_sign_of_life_ms = 0;  // the slate is always well
    } else if (const auto& life = board_->feeds[on_air_].life) {
      sum.last_sign_of_life_ms = std::max<std::int64_t>(
          0, std::chrono::duration_cast<std::chrono::milliseconds>(now - *life).count());
    }
    return sum;
  }

  void park(bool parked) override {
    const std::lock_guard lock(board_->mutex);
    parked_ = parked;
    tell_parked();
  }

  void pause(bool paused) override {
    const std::lock_guard lock(board_->mutex);
    if (paused == paused_) return;
    paused_ = paused;
    const common::MonoTime now = steady_clock::now();
    if (!paused) fresh_from_ = grid_.slot_at(now) + 1;
    unveil_by_ = now + first_picture_max;
    tell_parked();
  }

  void drill(const std::string& fault) override {
    const std::lock_guard lock(board_->mutex);
    const std::size_t on_air = choose(steady_clock::now());
    if (plans_[on_air].slate)
      return board_->add_messages({common::LogLine{"warn", "drill " + fault + ": the slate has no faults"}});
    board_->feeds[on_air].drill = fault;
    board_->wake.notify_all();
  }

 private:
  struct Report {
    std::string status;
    std::string error;
    friend bool operator==(const Report&, const Report&) = default;
  };

  // The first that gives pictures; a slate gives always. Mutex held, as in all functions below but `slate`
  // and `numbered`.
  std::size_t choose(common::MonoTime now) const {
    std::size_t i = 0;
    while (!plans_[i].slate && !gives_new_pictures(board_->feeds[i], now)) ++i;
    return i;
  }

  // A picture from before or during the pause is never shown after it: it may be what the pause was for.
  bool gives_new_pictures(const Feed& feed, common::MonoTime now) const {
    return gives_pictures(feed, now) && feed.slot >= fresh_from_;
  }

  void tell_parked() {
    board_->parked = parked_ || paused_;
    board_->wake.notify_all();
  }

  // Paused, or resumed and nothing captured since.
  bool veiled(common::MonoTime now) const {
    return paused_ || (now < unveil_by_ && plans_[choose(now)].slate && !plans_.front().slate);
  }

  OnAir veil() {
    on_air_ = plans_.size() - 1;
    report(plans_.size(), steady_clock::now());
    OnAir answer;
    answer.priority = -1;
    answer.slate = true;
    answer.picture = slate({"Paused", "", "The picture will be back in a moment"});
    return numbered(std::move(answer));
  }

  OnAir numbered(OnAir answer) {
    if (answer.picture != shown_) ++serial_;
    shown_ = answer.picture;
    answer.picture_serial = serial_;
    return answer;
  }

  // Inputs that are worse than the one on air only show that they live; better ones are wanted at once.
  void show(std::size_t best) {
    on_air_ = best;
    bool changed = false;
    for (std::size_t i = 0; i < board_->feeds.size(); ++i) {
      changed = changed || board_->feeds[i].full_rate != (i <= best);
      board_->feeds[i].full_rate = i <= best;
    }
    if (changed) board_->wake.notify_all();
  }

  Report report_of(std::size_t index, std::size_t best, common::MonoTime now) const {
    const Feed& feed = board_->feeds[index];
    if (index == best && !feed.error.empty()) return {"degraded", feed.error};
    if (index == best) return {"active", ""};
    if (plans_[index].slate) return {"idle", ""};
    if (is_hung(feed, now)) return {"degraded", plans_[index].hang_error};
    if (feed.state == Feed::State::Failed) return {"degraded", feed.error};
    return {feed.state == Feed::State::Opening ? "probing" : "idle", ""};
  }

  void report(std::size_t best, common::MonoTime now) {
    std::vector<common::Message> messages;
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      Report current = report_of(i, best, now);
      board_->feeds[i].error_told = true;
      if (current == reported_[i]) continue;
      messages.emplace_back(common::InputReport{static_cast<int>(i), current.status, current.error});
      reported_[i] = std::move(current);
    }
    board_->add_messages(std::move(messages));
  }

  // What the slate says: its own text, or which input is missing and why.
  std::vector<std::string> outage(std::size_t best) const {
    if (!plans_[best].text.empty()) return {plans_[best].text};
    if (best == 0) return {"No input"};
    const std::string cause = reported_[0].error.empty() ? "Opening it" : without_tag(reported_[0].error);
    return {"No picture from " + (plans_[0].name.empty() ? "the display" : plans_[0].name), "", cause, "",
            "The stream goes on; trying again"};
  }

  std::shared_ptr<const Picture> slate(const std::vector<std::string>& lines) {
    if (!slate_ || lines != slate_lines_) {
      slate_ = make_slate(canvas_.width, canvas_.height, lines);
      slate_lines_ = lines;
    }
    return slate_;
  }

  CanvasSize canvas_;
  common::TimeGrid grid_;
  std::vector<InputPlan> plans_;
  std::shared_ptr<Board> board_;  // shared with threads that may outlive this object
  std::vector<std::pair<std::size_t, std::thread>> threads_;
  std::vector<Report> reported_;
  std::size_t on_air_ = 0;
  bool parked_ = false, paused_ = false;
  common::Slot fresh_from_ = -1;  // pictures of slots before it are not shown
  common::MonoTime unveil_by_{};
  std::shared_ptr<const Picture> slate_;
  std::vector<std::string> slate_lines_;
  std::shared_ptr<const Picture> shown_;
  std::uint64_t serial_ = 0;
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
  const CanvasSize canvas{std::max(2, settings.video.width & ~1), std::max(2, settings.video.height & ~1)};
  const std::chrono::milliseconds retry(settings.display_retry_ms);
  std::vector<InputPlan> plans;
  for (const auto& input : settings.inputs) plans.push_back(plan_input(input, canvas, retry));
  return std::make_unique<ThreadedInputs>(std::move(plans), canvas, settings.grid);
}

}  // namespace worker
