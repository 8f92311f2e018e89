// CPU and memory of processes and of the machine, from /proc. The parsers are pure; UsageReader (SHELL) reads
// /proc, which never waits for a disk and may be done on the event loop. It keeps the previous samples, so a
// CPU figure is the mean since the last reading; readings closer than sample_interval_min return the last
// figure again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "common/result.h"
#include "common/time_grid.h"
#include "supervisor/report/system_stats.h"

namespace supervisor {

struct ProcessSample {
  char state = '?';              // R S D Z T ... of proc(5)
  std::uint64_t cpu_ticks = 0;   // user + system, in clock ticks (sysconf(_SC_CLK_TCK) a second)
  std::uint64_t start_time = 0;  // ticks since boot: with the pid it names one process
  std::uint64_t rss_pages = 0;
  int threads = 0;
};
// The text of /proc/PID/stat; the name of the program may hold blanks and parentheses.
common::Result<ProcessSample> parse_process_stat(std::string_view text);

class UsageReader {
 public:
  static constexpr std::chrono::milliseconds sample_interval_min{200};

  struct Process {
    double cpu_percent = 0;  // of one processor; 0 at the first reading of a process
    double rss_mb = 0;       // MiB
    char state = '?';
    int threads = 0;
    int fds = 0;  // open descriptors; 0: not told
  };
  // Nothing when there is no such process; its history is dropped then.
  std::optional<Process> process(int pid, common::MonoTime now);

  // Of the machine, or of the control group where that allows less: then 100 % is the group's limit.
  struct Machine {
    double cpu_percent = 0;     // of all processors that may be used
    double memory_percent = 0;  // not available for new programs
    std::uint64_t memory_total_bytes = 0;
    std::uint64_t memory_available_bytes = 0;
    double processors = 0;
    double load_average_1m = 0;                               // always of the machine
    std::optional<double> network_in_kbps, network_out_kbps;  // nothing at the first reading
  };
  Machine machine(common::MonoTime now);

 private:
  struct ProcessHistory {
    ProcessSample sample;
    common::MonoTime at;
    Process figure;
  };
  void read_cpu(const GroupSample& group, double seconds);
  void read_memory(const GroupSample& group);
  void read_network(double seconds);

  std::map<int, ProcessHistory> processes_;
  std::optional<GroupReader> group_;
  CpuSample cpu_;
  std::uint64_t group_cpu_us_ = 0;
  std::optional<NetworkSample> network_;
  std::optional<common::MonoTime> machine_at_;
  Machine machine_;
};

}  // namespace supervisor
