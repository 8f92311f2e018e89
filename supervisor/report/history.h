// What was, for the charts: figures of the machine and of each stream in three rings (10 minutes by the
// second, 6 hours by ten seconds, 24 hours by the minute). Pure: ticks and wall time are arguments. A coarse
// entry holds means; of lateness the peak, of counters the last, of what is on air the worst. Times are those
// of a monotonic tick, so that a step of the wall clock bends no chart.
//
// Memory: 4 bytes for each figure, 82 KiB for the machine and 131 KiB for each stream; never more.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/report/history_ring.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

struct HistoryRange {
  std::string_view name;
  int interval_seconds = 1;
  int points = 0;
};
inline constexpr std::array<HistoryRange, 3> history_ranges = {
    {{"10m", 1, 600}, {"6h", 10, 2160}, {"24h", 60, 1440}}};

// A second of a monotonic clock, and what the wall clock says at it (Unix time).
struct HistoryTick {
  std::int64_t second = 0;
  std::int64_t unix_second = 0;
};

// By stream: the longest that a part was published after its end within the second.
using PartLateness = std::map<std::string, std::int64_t, std::less<>>;

class History {
 public:
  static constexpr std::size_t streams_max = 64;  // more are not recorded

  History();

  // Seconds only rise; those left out are gaps. Streams that the snapshot does not hold are forgotten.
  void add(std::int64_t second, const Snapshot& snapshot, const PartLateness& late_ms);

  // The answer of GET /api/history; what is not measured is null. Nothing: there is no such range.
  std::optional<std::string> json(std::string_view range, HistoryTick now) const;

  // For the successor of this process, on the same machine.
  std::string save(HistoryTick now) const;
  // False: not of this form, or from the future; then nothing was changed. Precondition: nothing was added.
  bool restore(std::string_view saved, HistoryTick now);

  std::size_t bytes() const;

 private:
  struct Level {
    HistoryRange range;
    HistoryRing system;
    std::map<std::string, HistoryRing, std::less<>> streams;
  };
  static Level make_level(const HistoryRange& range);
  static HistoryRing make_stream(const HistoryRange& range);

  std::vector<Level> levels_;
};

}  // namespace supervisor
