// The cells of the operator's orders, of the configuration and of the world around the worker.
#include <algorithm>

#include "supervisor/supervise/turn.h"

namespace supervisor {
namespace {

// True when this news turns a condition from false to true.
bool turned_true(State& state, const PreconditionChanged& change) {
  const bool was_unmet = std::erase(state.unmet, change.condition) > 0 ||
                         (state.phase == Phase::Blocked && state.blocked_by == change.condition);
  // What quarantine holds is counted by the machine itself: news of it are only a reason to look again.
  if (!change.ok && change.condition != Precondition::Quarantine) state.unmet.push_back(change.condition);
  return change.ok && was_unmet;
}

// What was given up for the sake of the former configuration or of the operator's patience.
void trust_anew(State& state) {
  state.software_encoder = false;
  state.hardware_due.reset();
  state.hardware_failures = 0;
  state.reduced = false;
  forgive(state.standby_history);
  state.standby_due.reset();
}

// Make before break needs room for a second worker that could be left behind as well.
bool must_break(const Turn& turn) {
  return turn.state.quarantine.size() + 1 > others_max(turn.settings);
}

}  // namespace

void start(Turn& turn, const Event&) {
  turn.state.desired_up = true;
  forgive(turn.state.history);
  trust_anew(turn.state);
  start_worker(turn, "started by the operator");
}

void want(Turn& turn, const Event&) {
  turn.state.desired_up = true;
}

void unwant(Turn& turn, const Event&) {
  turn.state.desired_up = false;
  turn.state.leaving = FailureClass::StopRequested;
  close_incident(turn, false);
}

void end_worker(Turn& turn, const Event& event) {
  unwant(turn, event);
  stop_worker(turn, FailureClass::StopRequested, turn.settings.stop_timeout, "stopped by the operator");
}

void end_waiting(Turn& turn, const Event& event) {
  unwant(turn, event);
  rest(turn, "stopped by the operator");
}

void replace(Turn& turn, const Event&) {
  stop_worker(turn, FailureClass::StopRequested, turn.settings.stop_timeout, "restarted by the operator");
}

void replace_later(Turn& turn, const Event& event) {
  const State& state = turn.state;
  const bool delivering_soon = delivers(state.phase) || (state.worker->promoted && state.worker->ready);
  if (must_break(turn) || !delivering_soon) return replace(turn, event);
  plan(turn, PlannedKind::Operator, "restarted by the operator");
}

namespace {

void set_paused(Turn& turn, bool paused, const char* words) {
  if (turn.state.paused == paused) return;
  turn.state.paused = paused;
  turn.state.paused_changed = turn.now;
  act(turn, SetPaused{paused});
  act(turn, LogState{words});
}

}  // namespace

void pause(Turn& turn, const Event&) {
  set_paused(turn, true, "paused by the operator: the slate is on air");
}

void show_again(Turn& turn, const Event&) {
  set_paused(turn, false, "resumed by the operator: the picture is on air again");
}

void new_config(Turn& turn, const Event&) {
  std::erase(turn.state.unmet, Precondition::Config);
}

void reconfigure(Turn& turn, const Event& event) {
  new_config(turn, event);
  if (!std::get<ConfigChanged>(event).restart_needed) return;
  trust_anew(turn.state);
  stop_worker(turn, FailureClass::StopRequested, turn.settings.stop_timeout,
              "restarted for a new configuration");
}

void reconfigure_later(Turn& turn, const Event& event) {
  const State& state = turn.state;
  new_config(turn, event);
  if (!std::get<ConfigChanged>(event).restart_needed) return;
  trust_anew(turn.state);
  const bool delivering_soon = delivers(state.phase) || (state.worker->promoted && state.worker->ready);
  if (must_break(turn) || !delivering_soon) return reconfigure(turn, event);
  plan(turn, PlannedKind::Config, "restarted for a new configuration");
}

void retry_config(Turn& turn, const Event& event) {
  new_config(turn, event);
  if (!std::get<ConfigChanged>(event).restart_needed) return;
  trust_anew(turn.state);
  start_worker(turn, "new configuration");
}

void shut_mark(Turn& turn, const Event&) {
  turn.state.shutting_down = true;
  close_incident(turn, false);
}

void shut_worker(Turn& turn, const Event& event) {
  shut_mark(turn, event);
  stop_worker(turn, FailureClass::StopRequested, turn.settings.stop_timeout, "the supervisor ends");
}

void shut_waiting(Turn& turn, const Event& event) {
  turn.state.cut_phase = turn.state.phase;
  turn.state.cut_due = turn.state.due;
  shut_mark(turn, event);
  rest(turn, "the supervisor ends");
}

void go_on(Turn& turn, const Event&) {
  if (is_due(turn, turn.state.due)) start_worker(turn, turn.state.reason);
}

void retry(Turn& turn, const Event& event) {
  const std::string& why = std::get<WorldChanged>(event).reason;
  if (turn.state.phase == Phase::Blocked) {
    try_blocked(turn, why);
  } else {
    start_worker(turn, why);
  }
}

void note(Turn& turn, const Event& event) {
  turned_true(turn.state, std::get<PreconditionChanged>(event));
}

void meet(Turn& turn, const Event& event) {
  if (turned_true(turn.state, std::get<PreconditionChanged>(event)))
    start_worker(turn, "the precondition holds again");
}

}  // namespace supervisor
