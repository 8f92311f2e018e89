// How reliable each stream was, as the reports show it: filled by the daemon from the incident books and the
// availability tallies. Plain data.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "supervisor/report/availability.h"
#include "supervisor/report/incident.h"
#include "supervisor/report/incident_book.h"

namespace supervisor {

struct StreamReliability {
  AvailabilitySums hour, day, month;
  std::vector<IncidentRecord> last;  // newest first, at most last_max
  std::map<std::string, std::uint64_t> incidents_by_class;
  RecoveryTimes recoveries;

  static constexpr std::size_t last_max = 10;
};

using Reliability = std::map<std::string, StreamReliability, std::less<>>;  // by stream

}  // namespace supervisor
