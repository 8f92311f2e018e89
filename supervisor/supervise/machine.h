// The only state machine of a stream: step(state, event, now) -> actions. Knows every rule of docs/states.md
// and nothing of processes, sockets, clocks or JSON. Pure: same state, event and time give the same result,
// so it is tested cell by cell and simulated for years. The shell (supervisor/process) performs the actions
// and sets one timer at deadline().
//
// - One spawn point: no worker starts unless it is wanted, none other of ours lives, and quarantine has room.
// - An event of a generation that is not the current worker changes nothing but quarantine.
// - Every phase but Stopped has a deadline: nothing waits for ever, nothing is given up.
#pragma once

#include <optional>
#include <vector>

#include "supervisor/supervise/action.h"
#include "supervisor/supervise/event.h"
#include "supervisor/supervise/settings.h"
#include "supervisor/supervise/state.h"

namespace supervisor {

struct Machine {
  SupervisionSettings settings;  // may be replaced between two steps

  // Moves `state` and says what to do. `now` never goes back between two calls.
  std::vector<Action> step(State& state, const Event& event, common::MonoTime now) const;

  // When to call step with Tick; nothing only while Stopped.
  std::optional<common::MonoTime> deadline(const State& state) const;
};

// A stream that was never started; `seed` spreads its delays (any number, another for each stream).
State initial_state(std::uint64_t seed, common::MonoTime now);

}  // namespace supervisor
