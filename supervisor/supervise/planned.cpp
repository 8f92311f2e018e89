// Replacement beside the running worker, and what the state asks for after every step: a standby that is
// missing, a successor that is ready, the end of Stopping. Written as what should be, so that no event has to
// think of it.
#include <algorithm>

#include "supervisor/supervise/turn.h"

namespace supervisor {
namespace {

using common::MonoTime;

bool next_has_software(const State& state) {
  return state.software_encoder && state.planned_kind != PlannedKind::Hardware;
}

// As the next one would be spawned.
bool fits(const State& state, bool software_encoder, bool reduced) {
  return software_encoder == next_has_software(state) && reduced == state.reduced;
}

bool wants_standby(const SupervisionSettings& settings, const State& state) {
  return settings.hot_standby || state.planned_kind != PlannedKind::None;
}

// When the standby that is missing may be spawned; nothing while none is wanted or there is no room.
std::optional<MonoTime> spawn_due(const SupervisionSettings& settings, const State& state) {
  if (state.standby || !wants_standby(settings, state) || !room_for_standby(settings, state)) {
    return std::nullopt;
  }
  const MonoTime due = state.standby_due.value_or(state.phase_since);
  return std::max(due, gap_end(settings, state, due));
}

void spawn_standby(Turn& turn) {
  State& state = turn.state;
  Standby standby{.generation = ++state.generation,
                  .due = turn.now + turn.settings.exec_timeout,
                  .software_encoder = next_has_software(state),
                  .reduced = state.reduced};
  state.last_spawn = turn.now;
  act(turn, Spawn{standby.generation, true, standby.software_encoder, standby.reduced, state.paused});
  state.standby = standby;
}

void plan_what_is_needed(Turn& turn) {
  State& state = turn.state;
  if (state.planned_kind != PlannedKind::None) return;
  const Worker& worker = *state.worker;
  if (is_due(turn, state.hardware_due)) {
    plan(turn, PlannedKind::Hardware, "the hardware encoder is tried again");
  } else if (!fits(state, worker.software_encoder, worker.reduced)) {
    plan(turn, PlannedKind::Fitting, state.reduced == worker.reduced ? "another encoder" : "less memory");
  }
}

void take_over_when_ready(Turn& turn) {
  State& state = turn.state;
  if (state.planned_kind == PlannedKind::None || state.standby->stage != Standby::Stage::Ready) return;
  state.standby->stage = Standby::Stage::TakingOver;
  state.standby->due = turn.now + turn.settings.handover_timeout + turn.settings.segment;
  act(turn, TakeOver{state.standby->generation});
}

void tend_standby(Turn& turn) {
  State& state = turn.state;
  plan_what_is_needed(turn);
  if (state.standby) {
    const bool kept = wants_standby(turn.settings, state);
    if (!kept || !fits(state, state.standby->software_encoder, state.standby->reduced)) {
      drop_standby(turn, true);
    } else {
      take_over_when_ready(turn);
    }
  }
  if (is_due(turn, spawn_due(turn.settings, state))) spawn_standby(turn);
}

}  // namespace

void plan(Turn& turn, PlannedKind kind, const std::string& why) {
  State& state = turn.state;
  const bool other = state.planned_kind == PlannedKind::None || state.planned_kind == PlannedKind::Hardware;
  if (!other && kind != PlannedKind::Config) return;  // the one under way serves this wish as well
  state.planned_kind = kind;
  state.planned = why;
  if (kind == PlannedKind::Config) drop_standby(turn, true);
  if (kind == PlannedKind::Operator || kind == PlannedKind::Config) {
    forgive(state.standby_history);
    state.standby_due = turn.now;
  }
}

void end_plan(State& state) {
  state.planned_kind = PlannedKind::None;
  state.planned.clear();
}

void complete_take_over(Turn& turn) {
  State& state = turn.state;
  const Worker old = *state.worker;
  act(turn, Fence{old.generation});
  become_worker(turn);
  state.standby_due.reset();
  first_part(turn, Tick{});
  retire(turn, old.generation, old.pid, Ladder::Ask, turn.settings.stop_timeout);
}

void tend(Turn& turn) {
  State& state = turn.state;
  if (state.phase == Phase::Stopping && !state.worker) {
    if (wanted(state)) {
      start_worker(turn, "started by the operator");
    } else if (state.retiring.empty()) {
      enter(turn, Phase::Stopped, state.reason);
    }
  } else if (state.phase == Phase::Blocked && state.blocked_by == Precondition::Quarantine &&
             room_for_worker(turn.settings, state)) {
    start_worker(turn, "there is room for a worker again");
  } else if (delivers(state.phase)) {
    tend_standby(turn);
  }
}

std::optional<MonoTime> tend_due(const SupervisionSettings& settings, const State& state) {
  if (!delivers(state.phase)) return std::nullopt;
  const auto spawn = spawn_due(settings, state);
  if (state.planned_kind != PlannedKind::None || !state.hardware_due) return spawn;
  return spawn ? std::min(*spawn, *state.hardware_due) : state.hardware_due;
}

}  // namespace supervisor
