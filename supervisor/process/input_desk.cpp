#include "supervisor/process/input_desk.h"

#include <algorithm>
#include <utility>

#include "supervisor/process/input_traits.h"
#include "supervisor/report/wall_time.h"

namespace supervisor {
namespace {

using common::MonoTime;

MonoTime now() {
  return std::chrono::steady_clock::now();
}

std::string wall_text() {
  return format_rfc3339(std::chrono::system_clock::now());
}

std::size_t place(int priority) {
  return static_cast<std::size_t>(priority);
}

SelectorState begin_state(const InputSelector& selector, const InputDeskPlan& plan) {
  if (!plan.saved) return initial_selection(selector, traits_of(plan.inputs), now());
  return restore_selection(selector, plan.saved->selection, traits_of(plan.inputs), now());
}

// What was kept by the old places, by the new ones.
template <typename Value>
std::map<int, Value> moved(std::map<int, Value> old, const std::vector<int>& former) {
  std::map<int, Value> result;
  for (std::size_t i = 0; i < former.size(); ++i) {
    const auto found = old.find(former[i]);
    if (found != old.end()) result[static_cast<int>(i)] = std::move(found->second);
  }
  return result;
}

bool is_trouble(const std::string& reason) {
  return reason == "error" || reason == "timeout" || reason == "input_removed";
}

}  // namespace

InputDesk::InputDesk(boost::asio::io_context& loop, InputDeskPlan plan, Callbacks callbacks)
    : inputs_(plan.inputs),
      selector_{plan.selector},
      state_(begin_state(selector_, plan)),
      history_(plan.inputs.size()),
      probes_(loop, plan.worker_program,
              [this](std::uint64_t number, const std::string& error) {
                handle(ProbeAnswered{number, error.empty(), error});
              }),
      callbacks_(std::move(callbacks)),
      timer_(loop) {
  if (!plan.saved) return;
  history_.restore(std::move(plan.saved->switches));
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const auto chosen = plan.saved->monitors.find(input_name(inputs_[i]));
    if (inputs_[i].type == "x11" && chosen != plan.saved->monitors.end()) {
      chosen_[static_cast<int>(i)] = chosen->second;
    }
  }
}

void InputDesk::brief(common::WorkerSettings& settings) const {
  settings.inputs = inputs_;
  for (const auto& [priority, chosen] : chosen_) settings.inputs[place(priority)].chosen_monitor = chosen;
  settings.revision = state_.revision;
  settings.selected = state_.selected;
  settings.open = state_.open;
}

common::SwitchInput InputDesk::selection() const {
  return {state_.revision, state_.selected, state_.open};
}

void InputDesk::begin(Generation generation) {
  on_air_.reset();
  figures_.clear();
  monitors_.clear();
  handle(WorkerBegan{generation});
}

void InputDesk::end() {
  on_air_.reset();
  figures_.clear();
  handle(WorkerEnded{});
}

void InputDesk::report(Generation generation, const common::InputReport& report) {
  const bool in_force = report.revision == state_.revision;
  if (in_force && report.state == common::InputState::Closed) figures_.erase(report.priority);
  // It goes on by itself (a frozen capture, opened anew): nothing to decide, but its history has it.
  const bool known = report.priority >= 0 && place(report.priority) < inputs_.size();
  if (in_force && known && report.state == common::InputState::Giving && !report.error.empty())
    history_.add_error(report.priority, wall_text(), report.error);
  handle(InputReported{generation, report});
}

void InputDesk::figures(Generation generation, const common::InputFigures& figures) {
  const bool known = figures.priority >= 0 && place(figures.priority) < inputs_.size();
  if (figures.revision != state_.revision || !known) return;
  figures_[figures.priority] = {figures, now()};
  handle(FiguresReported{generation, figures});
}

void InputDesk::monitors(const common::Monitors& told) {
  if (told.priority < 0 || place(told.priority) >= inputs_.size()) return;
  if (inputs_[place(told.priority)].type != "x11") return;
  auto& monitors = monitors_[told.priority];
  monitors = told.monitors;
  if (monitors.size() > monitors_max) monitors.resize(monitors_max);
  const auto captured =
      std::find_if(monitors.begin(), monitors.end(), [](const auto& monitor) { return monitor.captured; });
  // One that is gone is kept: it is the one that is waited for.
  if (captured != monitors.end()) chosen_[told.priority] = {captured->name, captured->edid};
}

void InputDesk::heartbeat(const common::Heartbeat& heartbeat) {
  if (heartbeat.revision == state_.revision && heartbeat.input < static_cast<int>(inputs_.size())) {
    on_air_ = heartbeat.input;
  }
}

common::Result<void> InputDesk::override_with(std::optional<int> priority) {
  if (priority) {
    if (const auto refused = refuses_override(state_, *priority)) return common::error(*refused);
    callbacks_.log("info", "the operator chose input " + std::to_string(*priority) + title(*priority));
  } else if (state_.override_input) {
    callbacks_.log("info", "the operator leaves the choice of the input to the selector");
  }
  handle(Override{priority});
  callbacks_.changed();
  return {};
}

std::vector<int> InputDesk::edit(std::vector<common::InputSettings> inputs) {
  const std::vector<int> former = former_places(inputs_, inputs);
  inputs_ = std::move(inputs);
  history_.edit(former);
  figures_ = moved(std::move(figures_), former);
  for (auto& [priority, figures] : figures_) figures.of.priority = priority;
  monitors_ = moved(std::move(monitors_), former);
  chosen_ = moved(std::move(chosen_), former);
  if (on_air_ && *on_air_ >= 0) {
    const auto found = std::find(former.begin(), former.end(), *on_air_);
    on_air_ = found == former.end() ? -1 : static_cast<int>(found - former.begin());
  }
  handle(InputsEdited{traits_of(inputs_), former});
  callbacks_.changed();
  return former;
}

void InputDesk::configure(const SelectorSettings& settings) {
  selector_.settings = settings;
  handle(SelectorTick{});
}

void InputDesk::set_paused(bool paused) {
  handle(PrivacyChanged{paused});
}

void InputDesk::forget() {
  forget_monitors();
  figures_.clear();
  handle(SelectionForgotten{});
}

void InputDesk::handle(const SelectorEvent& event) {
  const auto actions = selector_.step(state_, event, now());
  for (const SelectorAction& action : actions) perform(action);
  probes_.keep_only([this](std::uint64_t number) {
    return std::any_of(state_.inputs.begin(), state_.inputs.end(),
                       [number](const SelectorInput& input) { return input.probe == number; });
  });
  arm();
  if (!actions.empty()) callbacks_.changed();
}

void InputDesk::perform(const SelectorAction& action) {
  struct Visitor {
    InputDesk& desk;
    void operator()(const SelectInput&) const { desk.callbacks_.select(desk.selection()); }
    void operator()(const StartProbe& a) const {
      desk.probes_.start({a.probe, desk.inputs_[place(a.priority)], a.limit, a.disprove});
    }
    void operator()(const Switched& a) const { desk.tell_switch(a); }
    void operator()(const InputFailed& a) const {
      desk.history_.add_error(a.priority, wall_text(), a.text);
      desk.note("warn", a.priority, a.text);
    }
    void operator()(const InputNoted& a) const { desk.note("info", a.priority, a.text); }
    void operator()(const Exhausted& a) const {
      desk.callbacks_.log(a.on ? "warn" : "info", a.on ? "no input works: the slate is on air until one does"
                                                       : "an input works again");
    }
    void operator()(const OverrideCleared& a) const {
      desk.callbacks_.log(
          "warn", "the choice of input " + std::to_string(a.priority) + " by the operator is over: " + a.why);
    }
  };
  std::visit(Visitor{*this}, action);
}

void InputDesk::note(const std::string& level, int priority, const std::string& text) {
  callbacks_.log(level, "input " + std::to_string(priority) + title(priority) + ": " + text);
}

void InputDesk::tell_switch(const Switched& happened) {
  const SwitchSnapshot shown{wall_text(), happened.from, happened.to,
                             std::string(switch_reason_word(happened.reason)), happened.detail};
  history_.add_switch(shown);
  const std::string why = shown.detail.empty() ? shown.reason : shown.reason + ": " + shown.detail;
  callbacks_.log(is_trouble(shown.reason) ? "warn" : "info",
                 "switched from input " + std::to_string(shown.from) + " to input " +
                     std::to_string(shown.to) + title(shown.to) + ": " + why);
  callbacks_.switched(shown);
}

std::string InputDesk::title(int priority) const {
  return " (" + state_.inputs[place(priority)].traits.name + ")";
}

void InputDesk::arm() {
  const auto due = selector_.deadline(state_);
  if (due == due_) return;
  due_ = due;
  timer_.cancel();
  if (!due) return;
  timer_.expires_at(*due);
  timer_.async_wait([this](boost::system::error_code failure) {
    if (failure) return;
    due_.reset();
    handle(SelectorTick{});
  });
}

bool InputDesk::shows_slate() const {
  if (!on_air_ || state_.paused) return false;
  return *on_air_ < 0 || (*on_air_ > 0 && inputs_[place(*on_air_)].type == "slate");
}

// By the selection, not by the last heartbeat: a switch that is on its way is no defect.
std::string InputDesk::quality_reason() const {
  const int wanted = state_.override_input.value_or(0);
  if (!on_air_ || state_.paused) return {};
  const SelectorInput& missing = state_.inputs[place(wanted)];
  const bool gives = missing.stage == InputStage::Ready || missing.stage == InputStage::Suspect;
  const bool is_slate = inputs_[place(wanted)].type == "slate";
  if (state_.selected == wanted && !shows_slate() && (gives || *on_air_ == wanted)) return {};
  if (is_slate) return wanted == 0 ? std::string() : "the slate is on air: the operator chose it";
  const auto& errors = history_.errors(wanted);
  std::string cause = missing.stage == InputStage::Down ? missing.error : std::string();
  if (cause.empty()) cause = errors.empty() ? std::string("no picture yet") : errors.front().message;
  if (shows_slate()) return "the slate is on air: " + cause;
  return "input " + std::to_string(*on_air_) + " is on air: " + cause;
}

InputSnapshot InputDesk::describe(int priority, MonoTime at) const {
  const SelectorInput& input = state_.inputs[place(priority)];
  InputSnapshot shown;
  shown.priority = priority;
  shown.type = inputs_[place(priority)].type;
  shown.status = published_status(state_, priority);
  shown.errors = history_.errors(priority);
  shown.name = input.traits.name;
  shown.penalty = penalty_of(input, selector_.settings, at);
  shown.suppressed = input.suppressed;
  shown.failures = input.failures;
  if (input.bad) shown.content = common::content_fault_word(input.bad->fault);
  const auto figures = figures_.find(priority);
  if (figures == figures_.end()) return shown;
  const common::InputFigures& of = figures->second.of;
  shown.fps = of.fps;
  shown.bitrate_kbps = of.bitrate_kbps;
  shown.packet_loss = of.packet_loss;
  const std::int64_t age = shown.type == "x11" ? of.last_sign_age_ms : of.last_picture_age_ms;
  if (age >= 0) shown.last_packet_age_ms = age + (at - figures->second.at) / std::chrono::milliseconds(1);
  return shown;
}

void InputDesk::fill(StreamSnapshot& snapshot, MonoTime at) const {
  for (int i = 0; i < static_cast<int>(inputs_.size()); ++i) snapshot.inputs.push_back(describe(i, at));
  snapshot.active_input = on_air_.value_or(-1);
  snapshot.override_input = state_.override_input;
  snapshot.exhausted = state_.exhausted;
  snapshot.inputs_revision = state_.revision;
  snapshot.switches = history_.switches();
  snapshot.switch_counts = history_.counts();
  for (const auto& [priority, monitors] : monitors_) {
    for (const common::Monitor& monitor : monitors) {
      const auto known =
          std::find_if(snapshot.monitors.begin(), snapshot.monitors.end(), [&](const common::Monitor& other) {
            return other.name == monitor.name && other.edid == monitor.edid;
          });
      if (known == snapshot.monitors.end()) {
        snapshot.monitors.push_back(monitor);
      } else {
        known->captured = known->captured || monitor.captured;
      }
    }
  }
}

SavedInputs InputDesk::saved(MonoTime at, bool with_monitors) const {
  SavedInputs saved{save_selection(selector_, state_, at), history_.switches(), {}};
  if (!with_monitors) return saved;
  for (const auto& [priority, chosen] : chosen_)
    saved.monitors[input_name(inputs_[place(priority)])] = chosen;
  return saved;
}

}  // namespace supervisor
