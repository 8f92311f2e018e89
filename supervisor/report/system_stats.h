// The machine as /proc tells it, and the control group this process lives in: inside a container /proc/stat
// and /proc/meminfo speak of the whole machine, and only the group says what may really be used. The parsers
// are pure; GroupReader (SHELL) reads /sys/fs/cgroup, which never waits for a disk. Event-loop thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"

namespace supervisor {

struct CpuSample {
  std::uint64_t busy_ticks = 0;
  std::uint64_t total_ticks = 0;  // busy + idle + waiting for I/O, all processors
  int processors = 0;
};
// The text of /proc/stat. Waiting for I/O counts as idle; the kernel's figure of it is not reliable.
common::Result<CpuSample> parse_system_stat(std::string_view text);

struct MemorySample {
  std::uint64_t total_bytes = 0;
  std::uint64_t available_bytes = 0;  // for new programs, without swapping
};
// The text of /proc/meminfo.
common::Result<MemorySample> parse_meminfo(std::string_view text);

struct NetworkSample {
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
};
// The text of /proc/net/dev: all interfaces but lo. Traffic that a bridge hands on counts on both sides.
common::Result<NetworkSample> parse_net_dev(std::string_view text);

struct NetworkRate {
  double in_kbps = 0;
  double out_kbps = 0;
};
// Nothing: no time between them, or an interface went away and took its counters along.
std::optional<NetworkRate> network_rate(const NetworkSample& before, const NetworkSample& after,
                                        double seconds);

// The text of /proc/loadavg: processes that ran or waited, mean of one minute.
common::Result<double> parse_loadavg(std::string_view text);

// What a control group allows and uses. Nothing: no limit.
struct GroupSample {
  std::optional<std::uint64_t> memory_max_bytes;
  std::uint64_t memory_used_bytes = 0;  // without the file cache that the kernel gives back at once
  std::optional<double> processors_max;
  std::uint64_t cpu_used_us = 0;
};
// The text of memory.max or memory.limit_in_bytes; the older form says "no limit" by a huge number.
std::optional<std::uint64_t> parse_memory_max(std::string_view text);
// The text of cpu.max: "QUOTA PERIOD" or "max PERIOD", in microseconds.
std::optional<double> parse_cpu_max(std::string_view text);
// The path of the group of `controller` in the text of /proc/PID/cgroup; "": version 2. Nothing: not in one.
std::optional<std::string> parse_group_path(std::string_view text, std::string_view controller);

// Finds once which groups above this process have a limit, and reads them from then on.
class GroupReader {
 public:
  // `root`: /sys/fs/cgroup; `membership`: the text of /proc/self/cgroup.
  GroupReader(const std::string& root, std::string_view membership);
  // The narrowest limits of the group and those above it.
  GroupSample read() const;

 private:
  struct Place {
    std::string folder;
    bool version2 = true;
  };
  std::vector<Place> memory_places_, cpu_places_;
};

}  // namespace supervisor
