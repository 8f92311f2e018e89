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
/* OperatorRestart     */ {start,      replace,      replace,      replace,     replace,     want,        want,        start,        start,        start},
/* ConfigChanged       */ {new_config, reconfigure,  reconfigure,  reconfigure, reconfigure, new_config,  new_config,  retry_config, retry_config, retry_config},
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
/* PreconditionChanged */ {note,       note,         note,         note,        note,        note,        note,        meet,         meet,         meet},
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

// A worker that is not the current one: if it is in quarantine its end makes room, and if its process appears
// only now it is killed. Nothing else of it is believed.
void settle_quarantine(Turn& turn, const Event& event, Generation generation) {
  State& state = turn.state;
  const auto held = std::find(state.quarantine.begin(), state.quarantine.end(), generation);
  if (held == state.quarantine.end()) return;
  if (std::holds_alternative<Spawned>(event)) {
    act(turn, Signal{generation, Signal::Kind::Kill});
    return;
  }
  const Exited* exited = std::get_if<Exited>(&event);
  if (exited == nullptr && !std::holds_alternative<SpawnFailed>(event)) return;
  if (exited != nullptr) record_exit(turn, exited->status);
  state.quarantine.erase(held);
  act(turn, LogState{"the worker of generation " + std::to_string(generation) + " is gone at last"});
  if (state.phase == Phase::Blocked && state.blocked_by == Precondition::Quarantine) {
    start_worker(turn, "quarantine has room again");
  }
}

std::optional<MonoTime> earliest(const std::optional<MonoTime>& one, const std::optional<MonoTime>& other) {
  return one && other ? std::min(*one, *other) : one ? one : other;
}

}  // namespace

std::vector<Action> Machine::step(State& state, const Event& event, MonoTime now) const {
  Turn turn{settings, state, now};
  const std::optional<Generation> generation = generation_of(event);
  if (generation && (!state.worker || state.worker->generation != *generation)) {
    settle_quarantine(turn, event, *generation);
  } else {
    table[event.index()][static_cast<std::size_t>(state.phase)](turn, event);
  }
  return std::move(turn.actions);
}

std::optional<MonoTime> Machine::deadline(const State& state) const {
  switch (state.phase) {
    case Phase::Healthy:
    case Phase::Degraded:
      return earliest(hang_due(state.worker->health, settings), stall_due(state.worker->health, settings));
    case Phase::Killing:
      return earliest(state.due, state.worker->kill_again);
    default:
      return state.due;
  }
}

void keep(Turn&, const Event&) {}

State initial_state(std::uint64_t seed, MonoTime now) {
  State state;
  state.phase_since = now;
  state.history.seed = seed;
  return state;
}

}  // namespace supervisor
