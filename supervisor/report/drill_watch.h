// Measures a drill: from the moment of the fault to its detection and to the first new part, out of the
// machine's incident actions and of what is on air. Pure; causes no fault itself. One drill, one watch.
//
// Detected is the incident; a fault that needs none (the display is lost, the slate takes over) counts from
// what viewers see. Recovered is the end of that incident, or the return of the wanted picture.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/time_grid.h"
#include "supervisor/supervise/action.h"

namespace supervisor {

inline constexpr std::array<std::string_view, 7> drill_faults = {"kill", "stop",  "freeze",  "exit",
                                                                 "oom",  "xlost", "diskfull"};

struct DrillFacts {
  std::uint64_t parts_bridged = 0;               // counter of the stream
  std::optional<std::int64_t> last_part_age_ms;  // since the last part, bridged ones too, was published
  bool disturbed = false;   // the slate is on air, or the input has failed; a bridge is no verdict yet
  std::string input_error;  // the newest of the input, with its time: it may have healed between two looks
};

struct DrillReport {
  std::string fault;
  std::string failure_class;                // of the incident; empty: it needed none
  std::optional<std::int64_t> detected_ms;  // since the fault
  std::optional<std::int64_t> recovery_ms;  // since the fault, to the first new part
  std::int64_t hole_ms = 0;                 // longest time without any new part, beyond what players hold
  std::int64_t part_gap_ms = 0;             // longest time without any new part
  std::uint64_t parts_bridged = 0;
  std::string incident;  // id; empty: none
  std::string verdict;   // recovered, not_recovered, not_detected
};

class DrillWatch {
 public:
  static constexpr std::chrono::seconds patience{30};
  // Players stay at least three part targets behind the end (RFC 8216bis 4.4.3.8, PART-HOLD-BACK).
  static constexpr int parts_held = 3;

  DrillWatch(std::string fault, const DrillFacts& before, std::chrono::milliseconds part_target,
             common::MonoTime now);

  void take(const Action& action, common::MonoTime now);
  // Often: what lies between two calls is not seen.
  void observe(const DrillFacts& facts, common::MonoTime now);
  void belongs_to(std::string incident_id) { report_.incident = std::move(incident_id); }

  const std::string& fault() const { return report_.fault; }
  bool is_over(common::MonoTime now) const;
  DrillReport report() const;

 private:
  std::int64_t since_fault(common::MonoTime now) const;

  common::MonoTime begun_;
  std::chrono::milliseconds part_target_;
  std::uint64_t bridged_before_;
  bool in_incident_ = false;
  bool disturbed_ = false;
  std::string input_error_;  // before
  DrillReport report_;
};

// {fault,failure_class,detected_ms,recovery_ms,hole_ms,part_gap_ms,parts_bridged,incident,verdict}
std::string drill_json(const DrillReport& report);

}  // namespace supervisor
