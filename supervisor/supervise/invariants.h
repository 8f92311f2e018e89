// What must be true of a state after every step, checked by the tests and the simulation, and by the running
// supervisor before it tells its watchdog that all is well. Pure.
#pragma once

#include <optional>
#include <string>

#include "supervisor/supervise/machine.h"

namespace supervisor {

// The first broken rule, in words; nothing when all hold. `now`: any time before the next deadline is
// handled.
std::optional<std::string> violated(const Machine& machine, const State& state, common::MonoTime now);

}  // namespace supervisor
