#include "supervisor/daemon/observation.h"

#include <unistd.h>

namespace supervisor {

void ErrorTally::add(const std::string& text, common::MonoTime now) {
  ++total_;
  last_ = text;
  recent_.push_back(now);
  if (recent_.size() > recent_max) recent_.pop_front();
}

void ErrorTally::fill(Snapshot& snapshot, common::MonoTime now) {
  while (!recent_.empty() && now - recent_.front() > window_) recent_.pop_front();
  snapshot.total_errors = total_;
  snapshot.recent_errors = recent_.size();
  snapshot.last_error = last_;
}

void Observation::fill(SystemSnapshot& system, common::MonoTime now) {
  const auto machine = usage_.machine(now);
  system.cpu_percent = machine.cpu_percent;
  system.memory_percent = machine.memory_percent;
  system.memory_total_bytes = machine.memory_total_bytes;
  if (const auto disk = disk_.last()) {
    system.disk_usage_percent = disk->used_percent;
    system.disk_total_bytes = disk->total_bytes;
  }
  if (const auto own = usage_.process(::getpid(), now)) {
    system.supervisor_rss_mb = own->rss_mb;
    system.supervisor_cpu_percent = own->cpu_percent;
  }
}

std::optional<DiskWatch::News> Observation::disk_news() {
  const auto disk = disk_.last();
  return disk ? disk_watch_.look(disk->used_percent) : std::nullopt;
}

void Observation::fill(StreamSnapshot& stream, common::MonoTime now) {
  if (stream.worker_pid == 0) return;
  if (const auto worker = usage_.process(stream.worker_pid, now)) {
    stream.worker_rss_mb = worker->rss_mb;
    stream.worker_cpu_percent = worker->cpu_percent;
  }
}

}  // namespace supervisor
