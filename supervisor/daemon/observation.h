// What the daemon itself measures for the snapshot: resources of the machine and of the processes, and the
// tally of errors. Event-loop thread; reads /proc only (no disk).
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "common/time_grid.h"
#include "supervisor/config/config.h"
#include "supervisor/report/disk_usage.h"
#include "supervisor/report/disk_watch.h"
#include "supervisor/report/process_stats.h"
#include "supervisor/report/threshold_watch.h"
#include "supervisor/report/wall_time.h"
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

// Thresholds are judged every monitoring.check_interval, by the mean of that time.
class Observation {
 public:
  // `disk_path`: whose file system is watched.
  Observation(const std::string& disk_path, const Monitoring& monitoring)
      : disk_(disk_path, monitoring.check_interval),
        monitoring_(monitoring),
        cpu_(monitoring.cpu_warn_percent),
        memory_(monitoring.memory_warn_percent),
        disk_watch_(disk_path, monitoring.disk_warn_percent) {}

  void fill(SystemSnapshot& system, common::MonoTime now);
  // Worker and standby.
  void fill(StreamSnapshot& stream, common::MonoTime now);

  struct News {
    bool is_warning = false;
    std::string text;
  };
  // Once a second: what is to be told of processor, memory and disk since the last call.
  std::vector<News> check(common::MonoTime now, WallTime wall);
  // New thresholds; a figure that is high stays so until it was judged by them.
  void reconfigure(const Monitoring& monitoring);

 private:
  struct Watched {
    explicit Watched(double warn_percent) : watch(warn_percent) {}
    ThresholdWatch watch;
    std::string since;  // RFC 3339; empty: it is not high
  };
  static void look(Watched& watched, double percent, const char* what, WallTime wall,
                   std::vector<News>& news);
  void look_at_disk(WallTime wall, std::vector<News>& news);

  UsageReader usage_;
  UsageReader checks_;  // read at the checks only, so that its figures are means from check to check
  std::optional<common::MonoTime> checked_at_;
  DiskUsage disk_;
  Monitoring monitoring_;
  Watched cpu_, memory_;
  DiskWatch disk_watch_;
  std::string disk_since_;
};

}  // namespace supervisor
