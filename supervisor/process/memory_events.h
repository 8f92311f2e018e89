// Tells whether the kernel killed something for memory around the end of a worker: the counter oom_kill of
// its control group (memory.events of cgroup v2, memory.oom_control of v1) or, where the worker was moved to
// another group or has none, of the whole machine (/proc/vmstat) rose within the last one or two refreshes.
// SHELL: reads /proc and /sys only, which wait for no disk. Sources: kernel
// Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/unique_fd.h"

namespace supervisor {

// The value of the line "oom_kill N"; nothing when there is none. Pure.
std::optional<std::uint64_t> parse_oom_kills(std::string_view text);

// Where the counter of a process may be, best first, from the text of its /proc/PID/cgroup. Pure.
struct MemoryGroupPaths {
  std::string v2;  // ".../memory.events"; empty: not in such a hierarchy
  std::string v1;  // ".../memory.oom_control"
};
MemoryGroupPaths memory_group_paths(std::string_view cgroup_text);

class MemoryEvents {
 public:
  MemoryEvents() = default;
  explicit MemoryEvents(int pid);

  // Once a second: what was counted before the last refresh but one is no evidence for this worker.
  void refresh();
  // A counter rose since the last refresh but one.
  bool rose() const;

 private:
  struct Counter {
    common::UniqueFd file;
    std::uint64_t older = 0, newest = 0;
  };
  std::vector<Counter> counters_;
};

}  // namespace supervisor
