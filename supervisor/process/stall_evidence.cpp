#include "supervisor/process/stall_evidence.h"

#include <array>
#include <charconv>

namespace supervisor {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t ns_per_ms = 1'000'000;

std::uint64_t growth(std::uint64_t before, std::uint64_t now) {
  return now > before ? now - before : 0;
}

milliseconds cpu_time(const ProcessReading& before, const ProcessReading& now, int ticks_per_second) {
  const std::uint64_t ticks = growth(before.cpu_ticks, now.cpu_ticks);
  return milliseconds(ticks * 1000 / static_cast<std::uint64_t>(ticks_per_second));
}

milliseconds delay(const ProcessReading& before, const ProcessReading& now) {
  if (!before.sched || !now.sched) return milliseconds(0);
  return milliseconds(growth(before.sched->delay_ns, now.sched->delay_ns) / ns_per_ms);
}

// The kernel counts a wait when it is over: one that never ended shows as a runnable thread that was not on a
// processor at all.
bool never_ran(const ProcessReading& before, const ProcessReading& now) {
  return before.sched && now.sched && before.sched->slices == now.sched->slices;
}

}  // namespace

std::optional<SchedStat> parse_schedstat(std::string_view text) {
  std::array<std::uint64_t, 3> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::uint64_t& number : numbers) {
    while (at != end && *at == ' ') ++at;
    const auto [after, failure] = std::from_chars(at, end, number);
    if (failure != std::errc()) return std::nullopt;
    at = after;
  }
  return SchedStat{numbers[0], numbers[1], numbers[2]};
}

StallVerdict judge_silence(const std::optional<ProcessReading>& before,
                           const std::optional<ProcessReading>& now, milliseconds silence,
                           std::string_view wait_channel, int ticks_per_second) {
  StallVerdict verdict;
  if (!now) {
    verdict.text = "the process is gone";
    return verdict;
  }
  verdict.text = std::string("state ") + now->state;
  if (!wait_channel.empty()) verdict.text.append(", asleep in ").append(wait_channel);
  if (!before) return verdict;
  const milliseconds waited = delay(*before, *now);
  verdict.text += ", " + std::to_string(cpu_time(*before, *now, ticks_per_second).count()) + " ms CPU";
  if (before->sched && now->sched) {
    verdict.text += ", " + std::to_string(waited.count()) + " ms waiting for a processor";
  }
  verdict.text += " in " + std::to_string(silence.count()) + " ms";
  verdict.starved = now->state == 'R' && (waited * 2 > silence || never_ran(*before, *now));
  if (verdict.starved) verdict.text += ": starved";
  return verdict;
}

}  // namespace supervisor
