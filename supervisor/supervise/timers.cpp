// The cells of time: what is due when Tick comes, and what the supervisor's own lateness excuses.
#include <algorithm>

#include "supervisor/supervise/turn.h"

namespace supervisor {
namespace {

bool excused(Turn& turn, common::MonoTime due) {
  return excuses(turn, turn.state.worker->health, due);
}

// The phase's own deadline was missed by ourselves: it gets the grace.
bool postponed(Turn& turn) {
  State& state = turn.state;
  if (!excused(turn, *state.due)) return false;
  state.due = state.worker->health.grace_until;
  return true;
}

// Silence is no proof: the evidence first. An answer that never comes proves nothing either way.
void hang(Turn& turn) {
  Worker& worker = *turn.state.worker;
  if (worker.health.asked) {
    lose_worker(turn, FailureClass::Hang, Ladder::Kill, "hang: no sign of life");
  } else if (!excused(turn, *hang_due(worker.health, turn.settings))) {
    worker.health.asked = turn.now;
    act(turn, GatherEvidence{worker.generation});
  }
}

void stall(Turn& turn) {
  if (excused(turn, *stall_due(turn.state.worker->health, turn.settings))) return;
  lose_worker(turn, FailureClass::Stall, Ladder::Ask, "stall: alive, but nothing is published");
}

}  // namespace

bool excuses(const Turn& turn, Health& health, common::MonoTime due) {
  if (turn.now - due <= turn.settings.late_loop) return false;
  if (health.grace_until && turn.now < *health.grace_until) return true;
  return give_grace(health, turn.settings, turn.now);
}

void startup_late(Turn& turn, const Event&) {
  State& state = turn.state;
  const Generation generation = state.worker->generation;
  if (judge(state.worker->health, turn.settings, turn.now) == HealthVerdict::Hung) hang(turn);
  if (!state.worker || state.worker->generation != generation) return;
  if (!is_due(turn, state.due) || postponed(turn)) return;
  const std::string reason = state.phase == Phase::Warmup ? "startup_timeout: no media"
                             : state.worker->pid != 0     ? "startup_timeout: no hello"
                                                          : "startup_timeout: no process";
  lose_worker(turn, FailureClass::StartupTimeout, Ladder::Kill, reason);
}

void check(Turn& turn, const Event&) {
  const Generation generation = turn.state.worker->generation;
  const HealthVerdict verdict = judge(turn.state.worker->health, turn.settings, turn.now);
  if (verdict == HealthVerdict::Hung) hang(turn);
  // Both at once, after own lateness: the stall waits for no evidence.
  const Worker* worker = turn.state.worker ? &*turn.state.worker : nullptr;
  if (worker == nullptr || worker->generation != generation || !delivers(turn.state.phase)) return;
  if (is_due(turn, stall_due(worker->health, turn.settings))) stall(turn);
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
  if (!state.worker || std::get<LoopLate>(event).lateness <= turn.settings.late_loop) return;
  Health& health = state.worker->health;
  if (give_grace(health, turn.settings, turn.now)) state.due = std::max(*state.due, *health.grace_until);
}

void grant(Turn& turn, const Event& event) {
  if (std::get<LoopLate>(event).lateness <= turn.settings.late_loop) return;
  give_grace(turn.state.worker->health, turn.settings, turn.now);
}

}  // namespace supervisor
