// One failure of a stream, from its detection to the first new part, as operators read it: class, evidence,
// what was done and when, the worker's last words and last picture. Plain data; kept by IncidentBook
// (report/incident_book.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace supervisor {

struct IncidentStep {
  std::string step;        // detected killed reaped spawned promoted delayed quarantined first_part stopped
                           // supervisor_ended
  std::int64_t at_ms = 0;  // since detected
  std::uint64_t generation = 0;
  std::string text;
};

struct IncidentRecord {
  std::string id;  // "20261121T043211-0007": sorts by time, safe in addresses and file names
  std::string stream;
  std::string failure_class;  // failure_class_name
  std::uint64_t generation = 0;
  std::string reason;       // in words
  std::string evidence;     // process state, wait channel, exit status
  std::string detected_at;  // RFC 3339
  std::string closed_at;    // empty: open
  bool recovered = false;   // closed by a first part; false: by the operator's stop
  std::optional<std::int64_t> recovery_ms;
  std::string action;  // what was done, in words: "standby 8 promoted", "restarted after 250 ms"
  std::vector<IncidentStep> timeline;
  std::uint64_t steps_left_out = 0;  // of a long outage: between the first steps and the last
  std::vector<std::string> log;      // last lines of the worker, oldest first
  bool has_picture = false;          // the last picture before it, a JPEG beside the record
};

}  // namespace supervisor
