// Pieces the JSON files of this room share; not for other rooms. Numbers from outside the program are made
// finite, texts valid UTF-8: dump() of what is built here never throws.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "supervisor/report/wall_time.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

using Json = nlohmann::ordered_json;

// Two decimals: more is noise for people and costs bytes once a second.
inline double rounded(double value) {
  return std::isfinite(value) ? std::round(value * 100) / 100 : 0;
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

inline std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Where and when `seconds` ago was, as text.
inline std::string time_before(WallTime now, double seconds) {
  const auto age = std::chrono::duration<double>(std::isfinite(seconds) ? seconds : 0);
  return format_rfc3339(now - std::chrono::duration_cast<WallTime::duration>(age));
}

struct IncidentRecord;

Json system_object(const SystemSnapshot& system);
Json switch_object(const SwitchSnapshot& one);
Json self_probe_object(const StreamSnapshot& stream);
Json incident_summary(const IncidentRecord& incident);
Json health_object(const Snapshot& snapshot, WallTime now);

}  // namespace supervisor
