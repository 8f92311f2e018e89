// What a new configuration changes in a running service: what is put in force at once, and what waits for the
// next start. Pure.
#pragma once

#include <string>
#include <vector>

#include "supervisor/config/config.h"

namespace supervisor {

struct ConfigChange {
  std::vector<std::string> applied;        // "desktop: video.bitrate: 2500 -> 4000"
  std::vector<std::string> needs_restart;  // the same
  std::vector<std::string> streams;        // names of those to be configured anew
  Config in_force;                         // then
};

ConfigChange plan_change(const Config& in_force, const Config& wanted);

}  // namespace supervisor
