// The cells of what the worker's process does and says. The gate in machine.cpp has checked that it is the
// current one.
#include "common/result.h"
#include "supervisor/supervise/turn.h"

namespace supervisor {
namespace {

// What only a part can prove: a timer alone would prove it in the very moment when parts stop.
void prove(Turn& turn) {
  State& state = turn.state;
  Worker& worker = *state.worker;
  if (worker.stable_due && turn.now >= *worker.stable_due) {
    worker.stable_due.reset();
    prove_stable(state.history);
    if (!worker.software_encoder) state.hardware_failures = 0;
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
  tell_incident(turn, NoteIncident::Step::Spawned, state.worker->generation,
                "pid " + std::to_string(state.worker->pid));
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
  open_incident(turn, failure, why_gone(failure, exited.status));
  tell_incident(turn, NoteIncident::Step::Reaped, exited.generation, describe_exit(exited.status));
  fail(turn, failure, why_gone(failure, exited.status));
}

void ended(Turn& turn, const Event& event) {
  if (const Exited* exited = std::get_if<Exited>(&event)) {
    record_exit(turn, exited->status);
    tell_incident(turn, NoteIncident::Step::Reaped, exited->generation, describe_exit(exited->status));
  }
  finish(turn, turn.state.reason);
}

void greet(Turn& turn, const Event& event) {
  if (!std::get<HelloReceived>(event).version_ok) {
    lose_worker(turn, FailureClass::Version, Ladder::Kill, "version: the worker speaks another protocol");
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
  if (state.worker->promoted) forgive(state.standby_history);
  const common::MonoTime parked = turn.now + turn.settings.standby_delay;
  if (turn.settings.hot_standby) state.standby_due = std::max(state.standby_due.value_or(parked), parked);
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
  lose_worker(turn, FailureClass::Protocol, Ladder::Kill, "protocol: " + std::get<ProtocolBroken>(event).why);
}

void allow(Turn& turn, const Event& event) {
  Worker& worker = *turn.state.worker;
  if (worker.promoted) return;  // viewers see a repeated picture already: no more time for that
  const auto more = extension(turn.settings, worker.extended, std::get<ExtendAsked>(event).by);
  worker.extended += more;
  *turn.state.due += more;
}

void exceed(Turn& turn, const Event& event) {
  State& state = turn.state;
  const bool under_way =
      state.planned_kind != PlannedKind::None && state.planned_kind != PlannedKind::Hardware;
  if (under_way) return;
  const LimitExceeded* limit = std::get_if<LimitExceeded>(&event);
  const FailureClass failure = limit != nullptr ? FailureClass::ResourceLimit : FailureClass::ErrorStorm;
  const std::string reason = std::string(failure_class_name(failure)) + ": " +
                             (limit != nullptr ? limit->reason : std::get<ErrorStorm>(event).reason);
  open_incident(turn, failure, reason);
  const RestartDecision decision = decide(state.history, turn.settings, failure, true, turn.now);
  adapt(state, turn.settings, decision, turn.now);
  plan(turn, PlannedKind::Fault, reason);
  if (!state.standby) {
    const common::MonoTime soonest = turn.now + decision.delay;
    state.standby_due = std::max(state.standby_due.value_or(soonest), soonest);
  }
}

void evidence(Turn& turn, const Event& event) {
  const EvidenceGathered& gathered = std::get<EvidenceGathered>(event);
  if (!confirms_hang(turn.state.worker->health, turn.settings, gathered.starved, turn.now)) return;
  lose_worker(turn, FailureClass::Hang, Ladder::Kill, "hang: no sign of life", gathered.text);
}

}  // namespace supervisor
