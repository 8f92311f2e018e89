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

namespace supervisor {

struct ProcessSample {
  char state = '?';              // R S D Z T ... of proc(5)
  std::uint64_t cpu_ticks = 0;   // user + system, in clock ticks (sysconf(_SC_CLK_TCK) a second)
  std::uint64_t start_time = 0;  // ticks since boot: with the pid it names one process
  std::uint64_t rss_pages = 0;
};
// The text of /proc/PID/stat; the name of the program may hold blanks and parentheses.
common::Result<ProcessSample> parse_process_stat(std::string_view text);

struct CpuSample {
  std::uint64_t busy_ticks = 0;
  std::uint64_t total_ticks = 0;  // busy + idle + waiting for I/O, all processors
};
// The text of /proc/stat.
common::Result<CpuSample> parse_system_stat(std::string_view text);

struct MemorySample {
  std::uint64_t total_bytes = 0;
  std::uint64_t available_bytes = 0;
};
// The text of /proc/meminfo.
common::Result<MemorySample> parse_meminfo(std::string_view text);

class UsageReader {
 public:
  static constexpr std::chrono::milliseconds sample_interval_min{200};

  struct Process {
    double cpu_percent = 0;  // of one processor; 0 at the first reading of a process
    double rss_mb = 0;       // MiB
    char state = '?';
  };
  // Nothing when there is no such process; its history is dropped then.
  std::optional<Process> process(int pid, common::MonoTime now);

  struct Machine {
    double cpu_percent = 0;     // of all processors
    double memory_percent = 0;  // not available for new programs
    std::uint64_t memory_total_bytes = 0;
  };
  Machine machine(common::MonoTime now);

 private:
  struct ProcessHistory {
    ProcessSample sample;
    common::MonoTime at;
    Process figure;
  };
  std::map<int, ProcessHistory> processes_;
  CpuSample cpu_;
  std::optional<common::MonoTime> machine_at_;
  Machine machine_;
};

}  // namespace supervisor
