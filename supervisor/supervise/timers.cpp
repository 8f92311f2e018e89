// The cells of time: what is due when Tick comes, and what the supervisor's own lateness excuses.
#include <algorithm>

#include "supervisor/supervise/turn.h"

namespace supervisor {
namespace {

// Whoever was late itself may not call the worker late: the evidence may lie unread.
bool excused(Turn& turn, common::MonoTime due) {
  return turn.now - due > turn.settings.late_loop &&
         give_grace(turn.state.worker->health, turn.settings, turn.now);
}

// The phase's own deadline was missed by ourselves: it gets the grace.
bool postponed(Turn& turn) {
  State& state = turn.state;
  if (!excused(turn, *state.due)) return false;
  state.due = state.worker->health.grace_until;
  return true;
}

bool is_due(const Turn& turn, const std::optional<common::MonoTime>& due) {
  return due && turn.now >= *due;
}

void hang(Turn& turn) {
  if (excused(turn, *hang_due(turn.state.worker->health, turn.settings))) return;
  open_incident(turn, FailureClass::Hang, "hang: no sign of life");
  kill_worker(turn, FailureClass::Hang, "hang: no sign of life");
}

void stall(Turn& turn) {
  if (excused(turn, *stall_due(turn.state.worker->health, turn.settings))) return;
  open_incident(turn, FailureClass::Stall, "stall: alive, but nothing is published");
  stop_worker(turn, FailureClass::Stall, turn.settings.stall_grace, "stall: alive, but nothing is published");
}

}  // namespace

void startup_late(Turn& turn, const Event&) {
  State& state = turn.state;
  if (!is_due(turn, state.due) || postponed(turn)) return;
  const std::string reason = state.phase == Phase::Warmup ? "startup_timeout: no media"
                             : state.worker->pid != 0     ? "startup_timeout: no hello"
                                                          : "startup_timeout: no process";
  open_incident(turn, FailureClass::StartupTimeout, reason);
  kill_worker(turn, FailureClass::StartupTimeout, reason);
}

void check(Turn& turn, const Event&) {
  switch (judge(turn.state.worker->health, turn.settings, turn.now)) {
    case HealthVerdict::Hung:
      hang(turn);
      break;
    case HealthVerdict::Stalled:
      stall(turn);
      break;
    case HealthVerdict::Fine:
      break;
  }
}

void stop_late(Turn& turn, const Event&) {
  if (!is_due(turn, turn.state.due) || postponed(turn)) return;
  kill_worker(turn, turn.state.leaving, turn.state.reason);
}

void kill_late(Turn& turn, const Event&) {
  Worker& worker = *turn.state.worker;
  if (is_due(turn, worker.kill_again)) {
    worker.kill_again = turn.now + turn.settings.kill_repeat;
    act(turn, Signal{worker.generation, Signal::Kind::Kill});
  }
  if (is_due(turn, turn.state.due) && !postponed(turn)) quarantine_worker(turn);
}

void try_again(Turn& turn, const Event&) {
  const State& state = turn.state;
  if (!is_due(turn, state.due)) return;
  if (state.phase == Phase::Blocked) {
    try_blocked(turn, state.reason);
  } else {
    start_worker(turn, state.reason);
  }
}

void extend(Turn& turn, const Event& event) {
  State& state = turn.state;
  Health& health = state.worker->health;
  if (std::get<LoopLate>(event).lateness <= turn.settings.late_loop) return;
  if (give_grace(health, turn.settings, turn.now)) state.due = std::max(*state.due, *health.grace_until);
}

void grant(Turn& turn, const Event& event) {
  if (std::get<LoopLate>(event).lateness <= turn.settings.late_loop) return;
  give_grace(turn.state.worker->health, turn.settings, turn.now);
}

}  // namespace supervisor
