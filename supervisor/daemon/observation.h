// What the daemon itself measures for the snapshot: resources of the machine and of the processes, and the
// tally of errors. Event-loop thread; reads /proc only (no disk).
#pragma once

#include <deque>
#include <string>

#include "common/time_grid.h"
#include "supervisor/config/config.h"
#include "supervisor/report/disk_usage.h"
#include "supervisor/report/disk_watch.h"
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
  Observation(const std::string& disk_path, const Monitoring& monitoring)
      : disk_(disk_path, monitoring.check_interval), disk_watch_(disk_path, monitoring.disk_warn_percent) {}

  void fill(SystemSnapshot& system, common::MonoTime now);
  void fill(StreamSnapshot& stream, common::MonoTime now);
  // What is to be told of the disk since the last call.
  std::optional<DiskWatch::News> disk_news();

 private:
  UsageReader usage_;
  DiskUsage disk_;
  DiskWatch disk_watch_;
};

}  // namespace supervisor
