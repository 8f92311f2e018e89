// The incidents of one stream: makes one record of each failure out of the machine's actions (OpenIncident,
// NoteIncident, CloseIncident), keeps the last ones, and counts them. Pure: both clocks are arguments; the
// monotonic one measures, the wall clock is only written down. Writes no file (incident_files.h does) and
// decides nothing. Event-loop thread.
//
// At most one incident is open: an OpenIncident inside an open one becomes a step of it. Ids sort by the
// order of the incidents, also across restarts of the supervisor and when the wall clock is set back.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/histogram.h"
#include "common/time_grid.h"
#include "supervisor/report/incident.h"
#include "supervisor/report/wall_time.h"
#include "supervisor/supervise/action.h"

namespace supervisor {

struct IncidentBounds {
  std::size_t records = 200;
  std::size_t log_lines = 20;
  std::size_t picture_bytes = 256u << 10;  // a larger picture is left out
  std::size_t pictures = 8;                // of the newest incidents, in memory
  std::size_t steps = 64;                  // of one incident; the first ones and the last ones stay
  std::size_t text_bytes = 1024;           // of each text
};

// What was seen just before the failure; handed in at the opening.
struct IncidentScene {
  std::vector<std::string> log;  // of the worker, oldest first
  std::string picture;           // a JPEG; empty: none
};

using IncidentPicture = std::shared_ptr<const std::string>;

// "20261121T043211-0432": UTC to the second, then four digits that keep the order (the millisecond, or more).
bool is_incident_id(std::string_view text);

// How long recoveries took (detected to first new part), as a histogram.
inline constexpr std::array recovery_bounds = {0.05, 0.1,  0.25, 0.5,  1.0,   2.5,
                                               5.0,  10.0, 30.0, 60.0, 300.0, 1800.0};
using RecoveryTimes = common::Histogram<recovery_bounds>;

class IncidentBook {
 public:
  struct Change {
    enum class Kind { Opened, Noted, Closed };
    Kind kind = Kind::Noted;
    const IncidentRecord* record = nullptr;  // valid until the next call
  };

  explicit IncidentBook(std::string stream, IncidentBounds bounds = {});

  // Nothing: the action is not about incidents, or none is open. `scene` is read at an opening only.
  std::optional<Change> take(const Action& action, common::MonoTime now, WallTime wall,
                             const IncidentScene& scene = {});

  // The records of former processes, in any order. Those that they left open are closed (not recovered) and
  // returned: to be written again. May come after the first incidents of this process.
  std::vector<IncidentRecord> restore(std::vector<IncidentRecord> records, WallTime wall);

  // Oldest first.
  const std::deque<IncidentRecord>& records() const { return records_; }
  const IncidentRecord* find(std::string_view id) const;
  const IncidentRecord* open() const;  // null: none
  const IncidentRecord* last() const;  // null: none
  // Null: none, or only on disk by now (IncidentRecord::has_picture).
  IncidentPicture picture(std::string_view id) const;

  // Of this process, for metrics.
  const std::map<std::string, std::uint64_t>& opened_by_class() const { return opened_by_class_; }
  const RecoveryTimes& recoveries() const { return recoveries_; }

 private:
  Change open_new(const OpenIncident& opened, WallTime wall, const IncidentScene& scene);
  void close(IncidentRecord& record, const CloseIncident& closed, common::MonoTime now, WallTime wall);
  void add_step(IncidentRecord& record, IncidentStep step) const;
  void forget_oldest();
  std::string next_id(WallTime wall);
  std::string cut(const std::string& text) const;

  std::string stream_;
  IncidentBounds bounds_;
  std::deque<IncidentRecord> records_;
  std::map<std::string, IncidentPicture, std::less<>> pictures_;
  bool is_open_ = false;  // the last record
  common::MonoTime opened_at_{};
  std::int64_t last_stamp_ = 0;  // of the last id
  std::map<std::string, std::uint64_t> opened_by_class_;
  RecoveryTimes recoveries_;
};

}  // namespace supervisor
