// The standby's life, and how it becomes the worker. Its failures never touch the stream: they are charged to
// a history of its own, and another one follows after the delay of that.
#include <algorithm>
#include <array>

#include "supervisor/supervise/turn.h"

namespace supervisor {
namespace {

using common::MonoTime;
using Stage = Standby::Stage;

// Nobody serves behind it: only its own next try waits.
void charge(Turn& turn, FailureClass failure) {
  State& state = turn.state;
  const RestartDecision decision = decide(state.standby_history, turn.settings, failure, false, turn.now);
  const bool blocked = decision.kind == RestartDecision::Kind::Block;
  state.standby_due = turn.now + (blocked ? turn.settings.blocked_retry : decision.delay);
}

// The hardware is as bad as it was: the software goes on, for twice as long.
void put_off_hardware(Turn& turn) {
  State& state = turn.state;
  if (state.planned_kind != PlannedKind::Hardware) return;
  end_plan(state);
  state.software_encoder = false;
  adapt(state, turn.settings, {.software_encoder = true}, turn.now);
}

void end_standby(Turn& turn, Ladder ladder, bool worker_goes_on) {
  const Standby standby = *turn.state.standby;
  turn.state.standby.reset();
  if (worker_goes_on && standby.stage == Stage::TakingOver) act(turn, CancelTakeOver{standby.generation});
  act(turn, Fence{standby.generation});
  retire(turn, standby.generation, standby.pid, ladder, turn.settings.stop_timeout);
}

void fail_standby(Turn& turn, FailureClass failure, Ladder ladder, const std::string& reason) {
  act(turn, LogState{"standby " + std::to_string(turn.state.standby->generation) + " (" +
                     std::string(stage_name(turn.state.standby->stage)) + ") failed: " + reason});
  end_standby(turn, ladder, true);
  charge(turn, failure);
  put_off_hardware(turn);
}

// --- cells, one for each stage of the table below ---

void parked_confirm(Turn& turn, const Event& event) {
  Standby& standby = *turn.state.standby;
  if (standby.pid != 0) return;
  standby.pid = std::get<Spawned>(event).pid;
  standby.due = turn.now + turn.settings.hello_timeout;
  tell_incident(turn, NoteIncident::Step::Spawned, standby.generation, "pid " + std::to_string(standby.pid));
}

void parked_not_started(Turn& turn, const Event& event) {
  const SpawnFailed& failed = std::get<SpawnFailed>(event);
  fail_standby(turn, classify_spawn_error(failed.error_number), Ladder::Gone, failed.reason);
}

void parked_died(Turn& turn, const Event& event) {
  const Exited& exited = std::get<Exited>(event);
  const FailureClass failure = classify(exited);
  record_exit(turn, exited.status);
  fail_standby(turn, failure, Ladder::Gone, why_gone(failure, exited.status));
}

void parked_greet(Turn& turn, const Event& event) {
  if (!std::get<HelloReceived>(event).version_ok) {
    fail_standby(turn, FailureClass::Version, Ladder::Kill, "version: it speaks another protocol");
    return;
  }
  Standby& standby = *turn.state.standby;
  standby.health.grace_until.reset();
  standby.stage = Stage::Warming;
  standby.due = turn.now + turn.settings.first_media_timeout;
}

void parked_ready(Turn& turn, const Event&) {
  Standby& standby = *turn.state.standby;
  standby.stage = Stage::Ready;
  standby.due.reset();
  begin_judging(standby.health, turn.now);
  standby.stable_due = turn.now + stable_after(turn.state.standby_history, turn.settings);
}

void parked_beat(Turn& turn, const Event&) {
  Standby& standby = *turn.state.standby;
  note_heartbeat(standby.health, turn.now);
  if (!is_due(turn, standby.stable_due)) return;
  standby.stable_due.reset();
  prove_stable(turn.state.standby_history);
}

void parked_part(Turn& turn, const Event&) {
  complete_take_over(turn);
}

void parked_quality(Turn& turn, const Event& event) {
  const QualityChanged& change = std::get<QualityChanged>(event);
  note_quality(turn.state.standby->health, change.degraded, change.reason, turn.now);
}

void parked_broke(Turn& turn, const Event& event) {
  fail_standby(turn, FailureClass::Protocol, Ladder::Kill,
               "protocol: " + std::get<ProtocolBroken>(event).why);
}

void parked_allow(Turn& turn, const Event& event) {
  Standby& standby = *turn.state.standby;
  const auto more = extension(turn.settings, standby.extended, std::get<ExtendAsked>(event).by);
  standby.extended += more;
  *standby.due += more;
}

void parked_exceeded(Turn& turn, const Event& event) {
  const LimitExceeded* limit = std::get_if<LimitExceeded>(&event);
  fail_standby(turn, limit != nullptr ? FailureClass::ResourceLimit : FailureClass::ErrorStorm, Ladder::Ask,
               limit != nullptr ? limit->reason : std::get<ErrorStorm>(event).reason);
}

void parked_evidence(Turn& turn, const Event& event) {
  const EvidenceGathered& gathered = std::get<EvidenceGathered>(event);
  if (!confirms_hang(turn.state.standby->health, turn.settings, gathered.starved, turn.now)) return;
  fail_standby(turn, FailureClass::Hang, Ladder::Kill, "hang: no sign of life; " + gathered.text);
}

// What a standby's event does in each stage; rows of events that no worker causes are not reached.
using Row = std::array<Cell, standby_stage_count>;
// clang-format off
constexpr std::array<Row, event_count> table = {{
//                         Starting            Warming             Ready               TakingOver
/* OperatorStart       */ {keep,               keep,               keep,               keep},
/* OperatorStop        */ {keep,               keep,               keep,               keep},
/* OperatorRestart     */ {keep,               keep,               keep,               keep},
/* OperatorPause       */ {keep,               keep,               keep,               keep},
/* OperatorResume      */ {keep,               keep,               keep,               keep},
/* ConfigChanged       */ {keep,               keep,               keep,               keep},
/* Resume              */ {keep,               keep,               keep,               keep},
/* ShutDown            */ {keep,               keep,               keep,               keep},
/* Spawned             */ {parked_confirm,     keep,               keep,               keep},
/* SpawnFailed         */ {parked_not_started, keep,               keep,               keep},
/* Exited              */ {parked_died,        parked_died,        parked_died,        parked_died},
/* HelloReceived       */ {parked_greet,       keep,               keep,               keep},
/* WorkerReady         */ {keep,               parked_ready,       keep,               keep},
/* HeartbeatReceived   */ {keep,               keep,               parked_beat,        parked_beat},
/* MediaAdmitted       */ {keep,               keep,               keep,               parked_part},
/* QualityChanged      */ {parked_quality,     parked_quality,     parked_quality,     parked_quality},
/* ProtocolBroken      */ {parked_broke,       parked_broke,       parked_broke,       parked_broke},
/* ExtendAsked         */ {keep,               parked_allow,       keep,               keep},
/* LimitExceeded       */ {parked_exceeded,    parked_exceeded,    parked_exceeded,    parked_exceeded},
/* ErrorStorm          */ {parked_exceeded,    parked_exceeded,    parked_exceeded,    parked_exceeded},
/* EvidenceGathered    */ {keep,               keep,               parked_evidence,    parked_evidence},
/* PreconditionChanged */ {keep,               keep,               keep,               keep},
/* WorldChanged        */ {keep,               keep,               keep,               keep},
/* Tick                */ {keep,               keep,               keep,               keep},
/* LoopLate            */ {keep,               keep,               keep,               keep},
}};
// clang-format on

std::string_view late_words(Stage stage) {
  switch (stage) {
    case Stage::Starting:
      return "startup_timeout: no hello";
    case Stage::Warming:
      return "startup_timeout: not ready";
    default:
      return "startup_timeout: it does not take over";
  }
}

bool survives_it(FailureClass failure) {
  switch (failure) {
    case FailureClass::Encoder:
    case FailureClass::Disk:
    case FailureClass::Config:
    case FailureClass::Version:
    case FailureClass::ExecFatal:
      return false;
    default:
      return true;
  }
}

}  // namespace

void standby_event(Turn& turn, const Event& event) {
  table[event.index()][static_cast<std::size_t>(turn.state.standby->stage)](turn, event);
}

void tick_standby(Turn& turn) {
  if (!turn.state.standby) return;
  Standby& standby = *turn.state.standby;
  if (is_due(turn, hang_due(standby.health, turn.settings))) {
    if (standby.health.asked) {
      fail_standby(turn, FailureClass::Hang, Ladder::Kill, "hang: no sign of life");
    } else if (!excuses(turn, standby.health, *hang_due(standby.health, turn.settings))) {
      standby.health.asked = turn.now;
      act(turn, GatherEvidence{standby.generation});
    }
  }
  if (turn.state.standby && is_due(turn, standby.due)) {
    if (excuses(turn, standby.health, *standby.due)) {
      standby.due = standby.health.grace_until;
    } else {
      fail_standby(turn, FailureClass::StartupTimeout, Ladder::Kill, std::string(late_words(standby.stage)));
    }
  }
}

void excuse_standby(Turn& turn, const LoopLate& late) {
  if (!turn.state.standby || late.lateness <= turn.settings.late_loop) return;
  Standby& standby = *turn.state.standby;
  if (!give_grace(standby.health, turn.settings, turn.now)) return;
  if (standby.due) standby.due = std::max(*standby.due, *standby.health.grace_until);
}

void drop_standby(Turn& turn, bool worker_goes_on) {
  if (turn.state.standby) end_standby(turn, Ladder::Ask, worker_goes_on);
}

bool may_promote(const State& state, FailureClass failure) {
  if (!state.standby) return false;
  const bool other_encoder = state.standby->software_encoder && !state.worker->software_encoder;
  return survives_it(failure) || (failure == FailureClass::Encoder && other_encoder);
}

void become_worker(Turn& turn) {
  State& state = turn.state;
  const Standby standby = *state.standby;
  if (state.planned_kind == PlannedKind::Hardware) {
    state.software_encoder = false;
    state.hardware_due.reset();
  }
  end_plan(state);
  state.standby.reset();
  state.worker = Worker{.generation = standby.generation,
                        .pid = standby.pid,
                        .ready = standby.stage >= Stage::Ready,
                        .health = standby.health,
                        .promoted = true,
                        .software_encoder = standby.software_encoder,
                        .reduced = standby.reduced,
                        .extended = standby.extended};
  if (standby.pid != 0) ++state.spawns;
}

void promote(Turn& turn, SupervisionSettings::Duration delay, const std::string& reason) {
  State& state = turn.state;
  const Stage stage = state.standby->stage;
  const MonoTime due = state.standby->due.value_or(turn.now);
  become_worker(turn);
  // What was due of the standby in this very moment is looked at anew, of the worker that it is now.
  const MonoTime soonest = turn.now + turn.settings.spawn_gap;
  Health& health = state.worker->health;
  if (is_due(turn, hang_due(health, turn.settings))) {
    health.asked.reset();
    health.grace_until = soonest;
  }
  state.standby_due = turn.now + delay;
  if (state.worker->ready) act(turn, Activate{state.worker->generation});
  tell_incident(turn, NoteIncident::Step::Promoted, state.worker->generation);
  enter(turn, stage == Stage::Starting ? Phase::Starting : Phase::Warmup, reason);
  state.due = state.worker->ready ? turn.now + turn.settings.handover_timeout : std::max(due, soonest);
}

}  // namespace supervisor
