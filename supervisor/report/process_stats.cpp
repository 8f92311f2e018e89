#include "supervisor/report/process_stats.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>

#include "supervisor/report/proc_text.h"

namespace supervisor {
namespace {

constexpr double bytes_per_mb = 1024.0 * 1024.0;
constexpr int fds_counted_max = 65'536;

double percent(double part, double whole) {
  return whole > 0 ? std::clamp(100 * part / whole, 0.0, 100.0) : 0;
}

double process_percent(const ProcessSample& before, const ProcessSample& after, double seconds) {
  static const double ticks_a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  if (after.cpu_ticks < before.cpu_ticks || seconds <= 0) return 0;
  return 100 * static_cast<double>(after.cpu_ticks - before.cpu_ticks) / ticks_a_second / seconds;
}

double rss_mb(const ProcessSample& sample) {
  static const double page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  return static_cast<double>(sample.rss_pages) * page_bytes / bytes_per_mb;
}

// Newer kernels tell the number as the size of the directory; before Linux 6.2 it has to be counted.
int count_fds(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/fd";
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  if (status.st_size > 0) return static_cast<int>(std::min<off_t>(status.st_size, fds_counted_max));
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  int count = 0;
  while (directory && count < fds_counted_max) {
    const dirent* entry = ::readdir(directory.get());
    if (!entry) break;
    if (entry->d_name[0] != '.') ++count;
  }
  return count;
}

}  // namespace

common::Result<ProcessSample> parse_process_stat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos)
    return common::error("/proc/PID/stat: no program name in parentheses");
  const auto fields = words(text.substr(name_end + 1));  // fields[0] is field 3 of proc(5)
  constexpr std::size_t user = 11, system = 12, threads = 17, start = 19, rss = 21;
  if (fields.size() <= rss) return common::error("/proc/PID/stat: too few fields");
  const auto user_ticks = number(fields[user]), system_ticks = number(fields[system]);
  const auto start_time = number(fields[start]), rss_pages = number(fields[rss]);
  const auto count = number(fields[threads]);
  if (!user_ticks || !system_ticks || !start_time || !rss_pages || !count || fields[0].size() != 1) {
    return common::error("/proc/PID/stat: a field is not a number");
  }
  return ProcessSample{fields[0][0], *user_ticks + *system_ticks, *start_time, *rss_pages,
                       static_cast<int>(*count)};
}

std::optional<UsageReader::Process> UsageReader::process(int pid, common::MonoTime now) {
  const auto text = read_kernel_file("/proc/" + std::to_string(pid) + "/stat");
  const auto sample = text ? parse_process_stat(*text) : text.error();
  if (!sample) {
    processes_.erase(pid);
    return std::nullopt;
  }
  const auto known = processes_.find(pid);
  const bool is_new = known == processes_.end() || known->second.sample.start_time != sample->start_time;
  if (is_new) {
    const Process figure{0, rss_mb(*sample), sample->state, sample->threads, count_fds(pid)};
    processes_.insert_or_assign(pid, ProcessHistory{*sample, now, figure});
    return figure;
  }
  ProcessHistory& history = known->second;
  history.figure.rss_mb = rss_mb(*sample);
  history.figure.state = sample->state;
  history.figure.threads = sample->threads;
  if (now - history.at >= sample_interval_min) {
    const double seconds = std::chrono::duration<double>(now - history.at).count();
    history.figure.cpu_percent = process_percent(history.sample, *sample, seconds);
    history.figure.fds = count_fds(pid);
    history.sample = *sample;
    history.at = now;
  }
  return history.figure;
}

UsageReader::Machine UsageReader::machine(common::MonoTime now) {
  if (machine_at_ && now - *machine_at_ < sample_interval_min) return machine_;
  if (!group_) {
    const auto membership = read_kernel_file("/proc/self/cgroup");
    group_.emplace("/sys/fs/cgroup", membership ? *membership : std::string());
  }
  const double seconds = machine_at_ ? std::chrono::duration<double>(now - *machine_at_).count() : 0;
  machine_at_ = now;
  const GroupSample group = group_->read();
  read_cpu(group, seconds);
  read_memory(group);
  read_network(seconds);
  if (const auto text = read_kernel_file("/proc/loadavg"); text) {
    if (const auto load = parse_loadavg(*text); load) machine_.load_average_1m = *load;
  }
  return machine_;
}

void UsageReader::read_cpu(const GroupSample& group, double seconds) {
  const auto text = read_kernel_file("/proc/stat");
  const auto cpu = text ? parse_system_stat(*text) : text.error();
  if (!cpu) return;
  const bool rose = cpu_.total_ticks > 0 && cpu->total_ticks > cpu_.total_ticks;
  if (rose && cpu->busy_ticks >= cpu_.busy_ticks) {
    machine_.cpu_percent = percent(static_cast<double>(cpu->busy_ticks - cpu_.busy_ticks),
                                   static_cast<double>(cpu->total_ticks - cpu_.total_ticks));
  }
  cpu_ = *cpu;
  machine_.processors = cpu->processors;
  if (group.processors_max && *group.processors_max < machine_.processors) {
    machine_.processors = *group.processors_max;
    if (seconds > 0 && group_cpu_us_ > 0 && group.cpu_used_us >= group_cpu_us_) {
      const double used = static_cast<double>(group.cpu_used_us - group_cpu_us_) / 1e6;
      machine_.cpu_percent = std::max(machine_.cpu_percent, percent(used, seconds * *group.processors_max));
    }
  }
  group_cpu_us_ = group.cpu_used_us;
}

void UsageReader::read_memory(const GroupSample& group) {
  const auto text = read_kernel_file("/proc/meminfo");
  const auto memory = text ? parse_meminfo(*text) : text.error();
  if (!memory) return;
  const auto used = [](std::uint64_t total, std::uint64_t available) {
    return percent(static_cast<double>(total - std::min(total, available)), static_cast<double>(total));
  };
  machine_.memory_total_bytes = memory->total_bytes;
  machine_.memory_available_bytes = memory->available_bytes;
  machine_.memory_percent = used(memory->total_bytes, memory->available_bytes);
  if (!group.memory_max_bytes || *group.memory_max_bytes >= memory->total_bytes) return;
  const std::uint64_t limit = *group.memory_max_bytes;
  const std::uint64_t available = limit - std::min(limit, group.memory_used_bytes);
  machine_.memory_total_bytes = limit;
  machine_.memory_available_bytes = std::min(memory->available_bytes, available);
  machine_.memory_percent = std::max(machine_.memory_percent, used(limit, available));
}

void UsageReader::read_network(double seconds) {
  const auto text = read_kernel_file("/proc/net/dev");
  const auto network = text ? parse_net_dev(*text) : text.error();
  if (!network) return;
  if (const auto rate = network_ ? network_rate(*network_, *network, seconds) : std::nullopt) {
    machine_.network_in_kbps = rate->in_kbps;
    machine_.network_out_kbps = rate->out_kbps;
  }
  network_ = *network;
}

}  // namespace supervisor
