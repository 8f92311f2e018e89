#include "common/monitor_json.h"

#include <nlohmann/json.hpp>

namespace common {

nlohmann::ordered_json monitor_json(const Monitor& monitor) {
  return {{"name", monitor.name},
          {"edid", monitor.edid},
          {"x", monitor.x},
          {"y", monitor.y},
          {"width", monitor.width},
          {"height", monitor.height},
          {"primary", monitor.primary},
          {"captured", monitor.captured}};
}

}  // namespace common
