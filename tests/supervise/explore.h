// Bounded exhaustive check of the real step(): breadth first from a stream that was never started, every
// event that can come, in every order, with small timers. Two states are the same when they differ only in
// names and in points of time within one quantum. The first broken rule is told with the shortest list of
// events that leads there.
//
// Rules: invariants.h after every step; what a single step may do (each life fenced once, no process lost, no
// spawn that is not wanted or too soon, incidents in pairs, no Tick due twice); and no dead end: from every
// state a world in which all goes well leads to a stream that delivers, or to Stopped.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/supervise/machine.h"

namespace supervisor {

// A deliberate defect: spoils a step of the machine after it was made, to show that the checks find it.
using Mutant =
    std::function<void(const State& before, const Event& event, State& after, std::vector<Action>& actions)>;

struct Exploration {
  std::size_t states = 0, steps = 0;
  int depth = 0;                      // of the deepest state
  std::optional<std::string> broken;  // the rule, and the events that lead there
};

// Every timer a few quanta of 250 ms.
SupervisionSettings small_settings(bool hot_standby);

Exploration explore(const SupervisionSettings& settings, std::size_t states_max, const Mutant& mutant = {});

}  // namespace supervisor
