#include "supervisor/process/worker_probe.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "supervisor/report/process_stats.h"

namespace supervisor {
namespace {

common::UniqueFd open_proc(int pid, const char* name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
  return common::UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

std::string read_again(const common::UniqueFd& file) {
  std::array<char, 2048> text{};
  const ssize_t size = file ? ::pread(file.get(), text.data(), text.size(), 0) : -1;
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

WorkerProbe::WorkerProbe(int pid)
    : stat_(open_proc(pid, "stat")),
      schedstat_(open_proc(pid, "schedstat")),
      wchan_(open_proc(pid, "wchan")) {}

std::optional<ProcessReading> WorkerProbe::read() const {
  const auto sample = parse_process_stat(read_again(stat_));
  if (!sample) return std::nullopt;
  ProcessReading reading;
  reading.state = sample->state;
  reading.cpu_ticks = sample->cpu_ticks;
  reading.rss_pages = sample->rss_pages;
  reading.sched = parse_schedstat(read_again(schedstat_));
  return reading;
}

std::string WorkerProbe::wait_channel() const {
  const std::string name = read_again(wchan_);
  return name == "0" ? std::string() : name;
}

}  // namespace supervisor
