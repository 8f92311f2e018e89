// How much of the time a stream that was wanted up was really there, over the last hour, day and 30 days, and
// how often and how long it failed. Two figures:
//   picture  viewers saw the wanted picture; a slate or repeated pictures (bridge) are not it
//   stream   a part was published in time, whatever it showed: players did not run dry
// Time that the operator did not want (stopped, paused, idle) counts for neither. Pure: intervals are
// measured with the monotonic clock and put down under the wall clock's minute, because they must outlive the
// process. The time between two processes counts as down when the former one did not say that it was stopped.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "common/time_grid.h"
#include "supervisor/report/wall_time.h"

namespace supervisor {

struct AvailabilitySums {
  std::int64_t desired_ms = 0;
  std::int64_t picture_ms = 0;
  std::int64_t stream_ms = 0;
  std::int64_t failures = 0;
  std::int64_t recoveries = 0;
  std::int64_t recovery_ms = 0;  // of all recoveries together

  AvailabilitySums& operator+=(const AvailabilitySums& other);
  friend bool operator==(const AvailabilitySums&, const AvailabilitySums&) = default;

  // Parts of 1; nothing while no time was wanted.
  std::optional<double> picture() const;
  std::optional<double> stream() const;
  // Mean time to repair (detected to first new part) and between failures (wanted time for each failure).
  std::optional<double> mttr_seconds() const;
  std::optional<double> mtbf_seconds() const;
};

struct AvailabilityCondition {
  bool desired = false;
  bool picture = false;
  bool stream = false;
};

// Sums by the number of the minute (or hour) since 1970.
using AvailabilityBuckets = std::map<std::int64_t, AvailabilitySums>;

struct SavedAvailability {
  std::int64_t saved_at_ms = 0;  // Unix time
  bool desired = false;          // it was wanted up at that moment, and nobody had said goodbye
  AvailabilityBuckets minutes;
  AvailabilityBuckets hours;
};

class AvailabilityTally {
 public:
  static constexpr std::int64_t minute_ms = 60'000;
  static constexpr std::int64_t hour_ms = 3'600'000;
  static constexpr std::size_t minutes_kept = 24 * 60;
  static constexpr std::size_t hours_kept = 30 * 24;

  // The time since the last call belongs to the condition told then.
  void observe(const AvailabilityCondition& condition, common::MonoTime now, WallTime wall);
  void count_failure(WallTime wall);
  void count_recovery(std::int64_t recovery_ms, WallTime wall);

  // The running minute (hour, for 30 days) and those before it.
  AvailabilitySums last_hour(WallTime now) const;
  AvailabilitySums last_day(WallTime now) const;
  AvailabilitySums last_month(WallTime now) const;

  // `goodbye`: the supervisor ends on purpose; the time until the next one is not an outage.
  SavedAvailability save(WallTime now, bool goodbye = false) const;
  // Adds what a former process saved, and the gap since then. Call once.
  void restore(const SavedAvailability& saved, WallTime now);

 private:
  void put(std::int64_t from_ms, std::int64_t to_ms, const AvailabilityCondition& condition);
  AvailabilitySums& minute(WallTime wall);
  AvailabilitySums& hour(WallTime wall);
  void forget();

  std::optional<common::MonoTime> seen_;
  std::optional<std::int64_t> begun_at_ms_;  // wall time of the first observation
  AvailabilityCondition condition_;
  AvailabilityBuckets minutes_;
  AvailabilityBuckets hours_;
};

}  // namespace supervisor
