#include "supervisor/report/process_stats.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "common/unique_fd.h"

namespace supervisor {
namespace {

constexpr std::size_t proc_file_bytes_max = 64 * 1024;  // /proc/stat of a machine with hundreds of processors
constexpr double bytes_per_mb = 1024.0 * 1024.0;

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  while (true) {
    const std::size_t start = text.find_first_not_of(" \t\n");
    if (start == std::string_view::npos) return found;
    text.remove_prefix(start);
    const std::size_t length = std::min(text.find_first_of(" \t\n"), text.size());
    found.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Files of /proc are made at the read: no disk, no waiting.
common::Result<std::string> read_proc(const std::string& path) {
  const common::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return common::errno_error(path, errno);
  std::string text;
  std::array<char, 4096> block{};
  while (text.size() < proc_file_bytes_max) {
    const ssize_t count = ::read(file.get(), block.data(), block.size());
    if (count < 0) return common::errno_error(path, errno);
    if (count == 0) break;
    text.append(block.data(), static_cast<std::size_t>(count));
  }
  return text;
}

// What follows `start` in the line of `text` that begins with it.
std::string_view line_after(std::string_view text, std::string_view start) {
  while (text.substr(0, start.size()) != start) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text.remove_prefix(start.size());
  return text.substr(0, text.find('\n'));
}

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

}  // namespace

common::Result<ProcessSample> parse_process_stat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos)
    return common::error("/proc/PID/stat: no program name in parentheses");
  const auto fields = words(text.substr(name_end + 1));  // fields[0] is field 3 of proc(5)
  constexpr std::size_t user = 11, system = 12, start = 19, rss = 21;
  if (fields.size() <= rss) return common::error("/proc/PID/stat: too few fields");
  const auto user_ticks = number(fields[user]), system_ticks = number(fields[system]);
  const auto start_time = number(fields[start]), rss_pages = number(fields[rss]);
  if (!user_ticks || !system_ticks || !start_time || !rss_pages || fields[0].size() != 1) {
    return common::error("/proc/PID/stat: a field is not a number");
  }
  return ProcessSample{fields[0][0], *user_ticks + *system_ticks, *start_time, *rss_pages};
}

common::Result<CpuSample> parse_system_stat(std::string_view text) {
  // user nice system idle iowait irq softirq steal; guest time is already inside user.
  const auto fields = words(line_after(text, "cpu "));
  constexpr std::size_t idle = 3, waiting = 4, counted = 8;
  if (fields.size() < counted) return common::error("/proc/stat: no line \"cpu\" with 8 numbers");
  CpuSample sample;
  for (std::size_t i = 0; i < counted; ++i) {
    const auto ticks = number(fields[i]);
    if (!ticks) return common::error("/proc/stat: a field is not a number");
    sample.total_ticks += *ticks;
    if (i != idle && i != waiting) sample.busy_ticks += *ticks;
  }
  return sample;
}

common::Result<MemorySample> parse_meminfo(std::string_view text) {
  const auto kib = [&](std::string_view name) -> std::optional<std::uint64_t> {
    const auto fields = words(line_after(text, name));
    return fields.empty() ? std::nullopt : number(fields[0]);
  };
  const auto total = kib("MemTotal:"), available = kib("MemAvailable:");
  if (!total || !available) return common::error("/proc/meminfo: no MemTotal or MemAvailable");
  return MemorySample{*total * 1024, *available * 1024};
}

std::optional<UsageReader::Process> UsageReader::process(int pid, common::MonoTime now) {
  const auto text = read_proc("/proc/" + std::to_string(pid) + "/stat");
  const auto sample = text ? parse_process_stat(*text) : text.error();
  if (!sample) {
    processes_.erase(pid);
    return std::nullopt;
  }
  const auto known = processes_.find(pid);
  const bool is_new = known == processes_.end() || known->second.sample.start_time != sample->start_time;
  if (is_new) {
    const Process figure{0, rss_mb(*sample), sample->state};
    processes_.insert_or_assign(pid, ProcessHistory{*sample, now, figure});
    return figure;
  }
  ProcessHistory& history = known->second;
  history.figure.rss_mb = rss_mb(*sample);
  history.figure.state = sample->state;
  if (now - history.at >= sample_interval_min) {
    const double seconds = std::chrono::duration<double>(now - history.at).count();
    history.figure.cpu_percent = process_percent(history.sample, *sample, seconds);
    history.sample = *sample;
    history.at = now;
  }
  return history.figure;
}

UsageReader::Machine UsageReader::machine(common::MonoTime now) {
  if (machine_at_ && now - *machine_at_ < sample_interval_min) return machine_;
  machine_at_ = now;
  if (const auto text = read_proc("/proc/stat"); text) {
    if (const auto cpu = parse_system_stat(*text); cpu) {
      const bool rose = cpu_.total_ticks > 0 && cpu->total_ticks > cpu_.total_ticks;
      if (rose && cpu->busy_ticks >= cpu_.busy_ticks) {
        machine_.cpu_percent = percent(static_cast<double>(cpu->busy_ticks - cpu_.busy_ticks),
                                       static_cast<double>(cpu->total_ticks - cpu_.total_ticks));
      }
      cpu_ = *cpu;
    }
  }
  if (const auto text = read_proc("/proc/meminfo"); text) {
    if (const auto memory = parse_meminfo(*text); memory) {
      const auto used = memory->total_bytes - std::min(memory->total_bytes, memory->available_bytes);
      machine_.memory_percent = percent(static_cast<double>(used), static_cast<double>(memory->total_bytes));
      machine_.memory_total_bytes = memory->total_bytes;
    }
  }
  return machine_;
}

}  // namespace supervisor
