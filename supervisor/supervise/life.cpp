// The cells of what the worker's process does and says. The gate in machine.cpp has checked that it is the
// current one.
#include "common/result.h"
#include "supervisor/supervise/turn.h"

namespace supervisor {
namespace {

std::string why_gone(FailureClass failure, const ExitStatus& status) {
  const std::string end = status.signal != 0 ? describe_exit(status) : "exit " + std::to_string(status.code);
  return std::string(failure_class_name(failure)) + ": " + end;
}

// What only a part can prove: a timer alone would prove it in the very moment when parts stop.
void prove(Turn& turn) {
  State& state = turn.state;
  Worker& worker = *state.worker;
  if (worker.stable_due && turn.now >= *worker.stable_due) {
    worker.stable_due.reset();
    forgive(state.history);
  }
  if (const auto due = quality_due(worker.health, turn.settings); due && turn.now >= *due) {
    worker.health.good_since.reset();
    enter(turn, Phase::Healthy, "");
  }
}

}  // namespace

void confirm(Turn& turn, const Event& event) {
  State& state = turn.state;
  if (state.worker->pid != 0) return;
  state.worker->pid = std::get<Spawned>(event).pid;
  ++state.spawns;
  if (state.phase == Phase::Starting) state.due = turn.now + turn.settings.hello_timeout;
}

void confirm_end(Turn& turn, const Event& event) {
  confirm(turn, event);
  const Generation generation = turn.state.worker->generation;
  if (turn.state.phase == Phase::Killing) {
    act(turn, Signal{generation, Signal::Kind::Kill});
  } else {
    act(turn, SendQuit{generation});
    act(turn, Signal{generation, Signal::Kind::Term});
  }
}

void not_started(Turn& turn, const Event& event) {
  const SpawnFailed& failed = std::get<SpawnFailed>(event);
  const FailureClass failure = classify_spawn_error(failed.error_number);
  const std::string reason =
      failed.reason.empty() ? common::errno_error("the worker cannot be started", failed.error_number).reason
                            : failed.reason;
  fence(turn);
  fail(turn, failure, std::string(failure_class_name(failure)) + ": " + reason);
}

void died(Turn& turn, const Event& event) {
  const Exited& exited = std::get<Exited>(event);
  const FailureClass failure = classify(exited);
  record_exit(turn, exited.status);
  fence(turn);
  fail(turn, failure, why_gone(failure, exited.status));
}

void ended(Turn& turn, const Event& event) {
  if (const Exited* exited = std::get_if<Exited>(&event)) record_exit(turn, exited->status);
  finish(turn, turn.state.reason);
}

void greet(Turn& turn, const Event& event) {
  if (!std::get<HelloReceived>(event).version_ok) {
    open_incident(turn, FailureClass::Version, "version: the worker speaks another protocol");
    kill_worker(turn, FailureClass::Version, "version: the worker speaks another protocol");
    return;
  }
  turn.state.worker->health.grace_until.reset();
  enter(turn, Phase::Warmup, turn.state.reason);
  turn.state.due = turn.now + turn.settings.first_media_timeout;
}

void activate(Turn& turn, const Event&) {
  Worker& worker = *turn.state.worker;
  if (worker.ready) return;
  worker.ready = true;
  act(turn, Activate{worker.generation});
}

void beat(Turn& turn, const Event&) {
  note_heartbeat(turn.state.worker->health, turn.now);
}

void first_part(Turn& turn, const Event&) {
  State& state = turn.state;
  Health& health = state.worker->health;
  note_progress(health, turn.now);
  state.worker->stable_due = turn.now + stable_after(state.history, turn.settings);
  close_incident(turn, true);
  enter(turn, health.degraded ? Phase::Degraded : Phase::Healthy, health.degraded_reason);
}

void progress(Turn& turn, const Event&) {
  note_progress(turn.state.worker->health, turn.now);
  prove(turn);
}

void quality(Turn& turn, const Event& event) {
  State& state = turn.state;
  const QualityChanged& change = std::get<QualityChanged>(event);
  note_quality(state.worker->health, change.degraded, change.reason, turn.now);
  if (change.degraded && state.phase != Phase::Warmup) enter(turn, Phase::Degraded, change.reason);
}

void break_off(Turn& turn, const Event& event) {
  const std::string reason = "protocol: " + std::get<ProtocolBroken>(event).why;
  open_incident(turn, FailureClass::Protocol, reason);
  kill_worker(turn, FailureClass::Protocol, reason);
}

}  // namespace supervisor
