#include "supervisor/supervise/machine.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "supervisor/supervise/turn.h"

namespace supervisor {
namespace {

using common::MonoTime;

using Row = std::array<Cell, phase_count>;

// What an event does in a phase: the whole behaviour, a row for each event in the order of Event, a column
// for each phase. `keep`: nothing. An event of a worker never meets a phase without one (the gate below):
// keep as well.
// clang-format off
constexpr std::array<Row, event_count> table = {{
//                         Stopped     Starting      Warmup        Healthy      Degraded     Stopping     Killing      Backoff       Blocked       Hold
/* OperatorStart       */ {start,      want,         want,         want,        want,        want,        want,        start,        start,        start},
/* OperatorStop        */ {unwant,     end_worker,   end_worker,   end_worker,  end_worker,  unwant,      unwant,      end_waiting,  end_waiting,  end_waiting},
/* OperatorRestart     */ {start,      replace,      replace_later, replace_later, replace_later, want,     want,        start,        start,        start},
/* OperatorPause       */ {pause,      pause,        pause,        pause,       pause,       pause,       pause,       pause,        pause,        pause},
/* OperatorResume      */ {show_again, show_again,   show_again,   show_again,  show_again,  show_again,  show_again,  show_again,   show_again,   show_again},
/* ConfigChanged       */ {new_config, reconfigure,  reconfigure_later, reconfigure_later, reconfigure_later, new_config, new_config, retry_config, retry_config, retry_config},
/* Resume              */ {keep,       keep,         keep,         keep,        keep,        keep,        keep,        go_on,        go_on,        go_on},
/* ShutDown            */ {shut_mark,  shut_worker,  shut_worker,  shut_worker, shut_worker, shut_mark,   shut_mark,   shut_waiting, shut_waiting, shut_waiting},
/* Spawned             */ {keep,       confirm,      confirm,      confirm,     confirm,     confirm_end, confirm_end, keep,         keep,         keep},
/* SpawnFailed         */ {keep,       not_started,  keep,         keep,        keep,        ended,       ended,       keep,         keep,         keep},
/* Exited              */ {keep,       died,         died,         died,        died,        ended,       ended,       keep,         keep,         keep},
/* HelloReceived       */ {keep,       greet,        keep,         keep,        keep,        keep,        keep,        keep,         keep,         keep},
/* WorkerReady         */ {keep,       keep,         activate,     keep,        keep,        keep,        keep,        keep,         keep,         keep},
/* HeartbeatReceived   */ {keep,       keep,         beat,         beat,        beat,        keep,        keep,        keep,         keep,         keep},
/* MediaAdmitted       */ {keep,       keep,         first_part,   progress,    progress,    keep,        keep,        keep,         keep,         keep},
/* QualityChanged      */ {keep,       keep,         quality,      quality,     quality,     keep,        keep,        keep,         keep,         keep},
/* ProtocolBroken      */ {keep,       break_off,    break_off,    break_off,   break_off,   keep,        keep,        keep,         keep,         keep},
/* ExtendAsked         */ {keep,       keep,         allow,        keep,        keep,        keep,        keep,        keep,         keep,         keep},
/* LimitExceeded       */ {keep,       keep,         keep,         exceed,      exceed,      keep,        keep,        keep,         keep,         keep},
/* ErrorStorm          */ {keep,       keep,         keep,         exceed,      exceed,      keep,        keep,        keep,         keep,         keep},
/* EvidenceGathered    */ {keep,       keep,         evidence,     evidence,    evidence,    keep,        keep,        keep,         keep,         keep},
/* PreconditionChanged */ {note,       note,         note,         note,        note,        note,        note,        meet,         meet,         meet},
/* WorldChanged        */ {keep,       keep,         keep,         keep,        keep,        keep,        keep,        retry,        retry,        retry},
/* Tick                */ {keep,       startup_late, startup_late, check,       check,       stop_late,   kill_late,   try_again,    try_again,    try_again},
/* LoopLate            */ {keep,       extend,       extend,       grant,       grant,       extend,      extend,      keep,         keep,         keep},
}};
// clang-format on

// Nothing for events that no worker causes.
std::optional<Generation> generation_of(const Event& event) {
  return std::visit(
      [](const auto& one) -> std::optional<Generation> {
        if constexpr (requires { one.generation; }) {
          return one.generation;
        } else {
          return std::nullopt;
        }
      },
      event);
}

std::optional<MonoTime> earliest(const std::optional<MonoTime>& one, const std::optional<MonoTime>& other) {
  return one && other ? std::min(*one, *other) : one ? one : other;
}

}  // namespace

std::vector<Action> Machine::step(State& state, const Event& event, MonoTime now) const {
  Turn turn{settings, state, now};
  const std::optional<Generation> generation = generation_of(event);
  if (!generation || (state.worker && state.worker->generation == *generation)) {
    table[event.index()][static_cast<std::size_t>(state.phase)](turn, event);
  } else if (state.standby && state.standby->generation == *generation) {
    standby_event(turn, event);
  } else {
    settle_former(turn, event, *generation);
  }
  if (std::holds_alternative<Tick>(event)) {
    tick_standby(turn);
    tick_retiring(turn);
  } else if (const LoopLate* late = std::get_if<LoopLate>(&event)) {
    excuse_standby(turn, *late);
  }
  tend(turn);
  return std::move(turn.actions);
}

std::optional<MonoTime> Machine::deadline(const State& state) const {
  std::optional<MonoTime> due = earliest(state.due, tend_due(settings, state));
  if (state.worker) {
    const bool delivering = delivers(state.phase);
    if (delivering || state.phase == Phase::Warmup) {
      due = earliest(due, hang_due(state.worker->health, settings));
    }
    if (delivering) due = earliest(due, stall_due(state.worker->health, settings));
    if (state.phase == Phase::Killing) due = earliest(due, state.worker->kill_again);
  }
  if (state.standby) {
    due = earliest(due, earliest(state.standby->due, hang_due(state.standby->health, settings)));
  }
  for (const Retiring& one : state.retiring) {
    due = earliest(due, one.killing ? std::min(one.due, one.kill_again) : one.due);
  }
  return due;
}

void keep(Turn&, const Event&) {}

State initial_state(std::uint64_t seed, MonoTime now) {
  State state;
  state.phase_since = now;
  state.history.seed = seed;
  state.standby_history.seed = seed + 1;
  return state;
}

}  // namespace supervisor
