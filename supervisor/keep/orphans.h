// Workers that outlived their supervisor (fault S02). They should not: their stdin ends and the kernel kills
// them with their parent. What is left all the same is killed by its successor, and published nothing
// meanwhile: its sockets led to a process that is gone. The supervisor writes down who its workers are, with
// the start times that tell a process from a later one of the same number. Event-loop thread; touches /proc
// and one small file of the runtime directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"

namespace supervisor {

struct WorkerRecord {
  int pid = 0;
  std::uint64_t start_time = 0;  // clock ticks after boot: field 22 of /proc/PID/stat, proc(5)
  friend bool operator==(const WorkerRecord&, const WorkerRecord&) = default;
};

// Nothing: there is no such process.
std::optional<WorkerRecord> record_of(int pid);

std::string format_workers(const std::vector<WorkerRecord>& workers);
// Lines that are none are passed over.
std::vector<WorkerRecord> parse_workers(std::string_view text);

// The list in the runtime directory.
common::Result<void> write_workers(const std::string& directory, const std::vector<WorkerRecord>& workers);
std::vector<WorkerRecord> read_workers(const std::string& directory);

// One that was found alive and sent SIGKILL, with its process group.
struct Orphan {
  int pid = 0;
  common::UniqueFd pidfd;
  bool is_gone() const;
};
// Kills those of `workers` that still run and are really ours: same start time, and the program is `program`
// (or a file of its place that was replaced). Does not wait.
std::vector<Orphan> kill_orphans(const std::vector<WorkerRecord>& workers, const std::string& program);

}  // namespace supervisor
