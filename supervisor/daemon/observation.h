// What the daemon itself measures for the snapshot: resources of the machine and of the processes, and the
// tally of errors. Event-loop thread; reads /proc only (no disk).
#pragma once

#include <deque>
#include <string>

#include "common/time_grid.h"
#include "supervisor/report/disk_usage.h"
#include "supervisor/report/process_stats.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

// Errors since the start and in the last `window` (errors.error_window). Pure: time is an argument.
class ErrorTally {
 public:
  static constexpr std::size_t recent_max = 1000;
  explicit ErrorTally(std::chrono::milliseconds window) : window_(window) {}

  void add(const std::string& text, common::MonoTime now);
  void fill(Snapshot& snapshot, common::MonoTime now);

 private:
  std::chrono::milliseconds window_;
  std::deque<common::MonoTime> recent_;
  std::uint64_t total_ = 0;
  std::string last_;
};

class Observation {
 public:
  // `disk_path`: whose file system is watched.
  explicit Observation(std::string disk_path) : disk_(std::move(disk_path)) {}

  void fill(SystemSnapshot& system, common::MonoTime now);
  void fill(StreamSnapshot& stream, common::MonoTime now);

 private:
  UsageReader usage_;
  DiskUsage disk_;
};

}  // namespace supervisor
