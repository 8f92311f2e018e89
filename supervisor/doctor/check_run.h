// Runs checks side by side, each in a thread of its own with a time limit, and gives their findings in the
// order of the list. A check that does not come back (a dead network disk) is a finding; its thread is left
// behind, so the process must then end with _exit().
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "supervisor/doctor/finding.h"

namespace supervisor {

inline constexpr std::chrono::seconds check_time_max{15};

struct Check {
  std::string what;
  std::function<std::vector<Finding>()> look;
};

struct CheckedAll {
  std::vector<Finding> findings;
  bool left_behind = false;  // a thread is still in a check
};

// `tell` gets the findings as soon as they and those before them are there.
CheckedAll run_checks(std::vector<Check> checks, std::chrono::milliseconds limit,
                      const std::function<void(const Finding&)>& tell);

}  // namespace supervisor
