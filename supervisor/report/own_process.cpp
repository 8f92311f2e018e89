#include "supervisor/report/own_process.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

namespace supervisor {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double clock_seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open_file(const char* path) {
  return {std::fopen(path, "re"), &std::fclose};
}

// Field 22 of /proc/self/stat: ticks from the boot; the name of the program before it has no blanks here.
double read_start_time() {
  const File file = open_file("/proc/self/stat");
  unsigned long long ticks = 0;
  constexpr const char* format =
      "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %*d %llu";
  if (!file || std::fscanf(file.get(), format, &ticks) != 1) return 0;
  const double since_boot = static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return clock_seconds(CLOCK_REALTIME) - clock_seconds(CLOCK_BOOTTIME) + since_boot;
}

void read_memory(ProcessFacts& facts) {
  const File file = open_file("/proc/self/statm");
  unsigned long long all = 0, resident = 0;
  if (!file || std::fscanf(file.get(), "%llu %llu", &all, &resident) != 2) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  facts.virtual_bytes = all * page;
  facts.resident_bytes = resident * page;
}

// Since Linux 6.2 the folder says how many; before, they are counted.
std::uint64_t count_descriptors() {
  struct stat found {};
  if (::stat("/proc/self/fd", &found) == 0 && found.st_size > 0)
    return static_cast<std::uint64_t>(found.st_size);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/fd"), &::closedir);
  if (!folder) return 0;
  std::uint64_t entries = 0;
  while (::readdir(folder.get()) != nullptr) ++entries;
  return entries > 3 ? entries - 3 : 0;  // . and .. and the one that reads
}

}  // namespace

ProcessFacts read_own_process() {
  ProcessFacts facts;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    facts.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  read_memory(facts);
  facts.open_fds = count_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.max_fds = limit.rlim_cur;
  static const double started = read_start_time();  // a clock that is set later does not move it
  facts.start_time_seconds = started;
  return facts;
}

}  // namespace supervisor
