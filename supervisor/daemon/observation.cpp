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
  system.memory_available_bytes = machine.memory_available_bytes;
  system.network_in_kbps = machine.network_in_kbps;
  system.network_out_kbps = machine.network_out_kbps;
  system.load_average_1m = machine.load_average_1m;
  system.processors = machine.processors;
  if (const auto disk = disk_.last()) {
    system.disk_usage_percent = disk->used_percent;
    system.disk_total_bytes = disk->total_bytes;
    system.disk_free_bytes = disk->free_bytes;
  }
  if (const auto own = usage_.process(::getpid(), now)) {
    system.supervisor_rss_mb = own->rss_mb;
    system.supervisor_cpu_percent = own->cpu_percent;
    system.supervisor_fds = own->fds;
    system.supervisor_threads = own->threads;
  }
  system.cpu_high_since = cpu_.since;
  system.memory_high_since = memory_.since;
  system.disk_high_since = disk_since_;
  system.cpu_high = !cpu_.since.empty();
  system.memory_high = !memory_.since.empty();
  system.disk_high = !disk_since_.empty();
}

void Observation::fill(StreamSnapshot& stream, common::MonoTime now) {
  const auto worker = stream.worker_pid > 0 ? usage_.process(stream.worker_pid, now) : std::nullopt;
  if (worker) {
    stream.worker_rss_mb = worker->rss_mb;
    stream.worker_cpu_percent = worker->cpu_percent;
    stream.worker_fds = worker->fds;
    stream.worker_threads = worker->threads;
  }
  const auto standby = stream.standby_pid > 0 ? usage_.process(stream.standby_pid, now) : std::nullopt;
  if (standby) {
    stream.standby_rss_mb = standby->rss_mb;
    stream.standby_cpu_percent = standby->cpu_percent;
    stream.standby_fds = standby->fds;
    stream.standby_threads = standby->threads;
  }
}

std::vector<Observation::News> Observation::check(common::MonoTime now, WallTime wall) {
  std::vector<News> news;
  look_at_disk(wall, news);
  // A tick that comes a little early must not cost a whole second.
  constexpr std::chrono::milliseconds early{100};
  if (checked_at_ && now - *checked_at_ < monitoring_.check_interval - early) return news;
  const bool is_first = !checked_at_;  // no mean yet
  checked_at_ = now;
  const auto machine = checks_.machine(now);
  if (is_first) return news;
  look(cpu_, machine.cpu_percent, "processor", wall, news);
  look(memory_, machine.memory_percent, "memory", wall, news);
  return news;
}

void Observation::look(Watched& watched, double percent, const char* what, WallTime wall,
                       std::vector<News>& news) {
  if (!watched.watch.look(percent)) return;
  const bool high = watched.watch.is_high();
  watched.since = high ? format_rfc3339(wall) : std::string();
  news.push_back({high, std::string(what) + " use of the machine is " + (high ? "high: " : "fine again: ") +
                            std::to_string(static_cast<int>(percent)) + " %, the warning begins at " +
                            std::to_string(static_cast<int>(watched.watch.warn_percent())) + " %"});
}

void Observation::look_at_disk(WallTime wall, std::vector<News>& news) {
  const auto disk = disk_.last();
  const auto change = disk ? disk_watch_.look(disk->used_percent) : std::nullopt;
  if (!change) return;
  const bool high = change->level != DiskWatch::Level::Fine;
  if (!high) disk_since_.clear();
  if (high && disk_since_.empty()) disk_since_ = format_rfc3339(wall);
  news.push_back({high, change->text});
}

void Observation::reconfigure(const Monitoring& monitoring) {
  if (monitoring.cpu_warn_percent != monitoring_.cpu_warn_percent) {
    cpu_.watch.set_warn_percent(monitoring.cpu_warn_percent);
  }
  if (monitoring.memory_warn_percent != monitoring_.memory_warn_percent) {
    memory_.watch.set_warn_percent(monitoring.memory_warn_percent);
  }
  disk_watch_.set_warn_percent(monitoring.disk_warn_percent);
  monitoring_ = monitoring;
}

}  // namespace supervisor
