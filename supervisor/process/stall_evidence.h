// Is a silent worker hung, or did it want to run and got no processor? Compares two readings of /proc: at its
// last sign of life and now. A hung one sleeps, is stopped or burns CPU; a starved one is runnable and waited
// for most of the silence (man 5 proc: schedstat). Pure; the readings come from WorkerProbe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace supervisor {

// /proc/PID/schedstat, of the main thread; nanoseconds.
struct SchedStat {
  std::uint64_t run_ns = 0;    // on a processor
  std::uint64_t delay_ns = 0;  // runnable, waiting for one; counted when the wait is over
  std::uint64_t slices = 0;    // times it was put on one
  friend bool operator==(const SchedStat&, const SchedStat&) = default;
};
std::optional<SchedStat> parse_schedstat(std::string_view text);

struct ProcessReading {
  char state = '?';             // R S D Z T ... of proc(5)
  std::uint64_t cpu_ticks = 0;  // user + system of all threads, clock ticks
  std::uint64_t rss_pages = 0;
  std::optional<SchedStat> sched;  // nothing: the kernel does not say
};

struct StallVerdict {
  bool starved = false;
  std::string text;  // one line for the incident: "state S, asleep in futex_wait, 10 ms CPU in 1012 ms"
};

// `before`: at the last heartbeat, nothing when there was none. `silence`: from then to `now`.
// `ticks_per_second`: of cpu_ticks.
StallVerdict judge_silence(const std::optional<ProcessReading>& before,
                           const std::optional<ProcessReading>& now, std::chrono::milliseconds silence,
                           std::string_view wait_channel, int ticks_per_second);

}  // namespace supervisor
