#include "supervisor/supervise/saved.h"

#include <algorithm>

namespace supervisor {
namespace {

using common::MonoTime;
using Duration = std::chrono::milliseconds;

constexpr Duration wait_max = std::chrono::hours(1);    // the longest hold, jitter included
constexpr Duration retry_max = std::chrono::hours(24);  // more than any encoder_retry_max
constexpr std::int64_t score_max = 1'000'000'000;

Duration left(const std::optional<MonoTime>& due, MonoTime now) {
  return due ? std::max(std::chrono::duration_cast<Duration>(*due - now), Duration(0)) : Duration(0);
}

void save_wait(SavedSupervision& saved, Phase phase, const std::optional<MonoTime>& due, MonoTime now) {
  if (phase != Phase::Backoff && phase != Phase::Hold) return;
  saved.waiting = published_state(phase);
  saved.wait_left = left(due, now);
}

}  // namespace

SavedSupervision save(const State& state, MonoTime now) {
  SavedSupervision saved;
  saved.desired_up = state.desired_up;
  saved.paused = state.paused;
  saved.generation = state.generation;
  if (state.desired_up) {
    save_wait(saved, state.phase, state.due, now);
    if (state.phase == Phase::Stopped) save_wait(saved, state.cut_phase, state.cut_due, now);
  }
  saved.failures = state.history.failures;
  saved.delay = state.history.delay;
  // As of now; the pace of the leak is the next supervisor's affair.
  saved.score_milli = state.history.score_milli;
  saved.holds = state.history.holds;
  saved.software_encoder = state.software_encoder;
  saved.hardware_retry_left = left(state.hardware_due, now);
  saved.hardware_failures = state.hardware_failures;
  saved.reduced = state.reduced;
  saved.spawns = state.spawns;
  saved.exits = state.exits;
  saved.exit_codes = state.exit_codes;
  saved.last_recovery = state.last_recovery;
  return saved;
}

State restore(const SavedSupervision& saved, std::uint64_t seed, MonoTime now) {
  State state;
  state.phase_since = now;
  state.generation = saved.generation;
  state.history = {.seed = seed,
                   .failures = std::clamp(saved.failures, 0, 1'000'000),
                   .delay = std::clamp(saved.delay, Duration(0), wait_max),
                   .score_milli = std::clamp<std::int64_t>(saved.score_milli, 0, score_max),
                   .scored_at = now,
                   .holds = std::clamp(saved.holds, 0, 64)};
  state.standby_history.seed = seed + 1;
  state.software_encoder = saved.software_encoder;
  if (saved.software_encoder) {
    state.hardware_due = now + std::clamp(saved.hardware_retry_left, Duration(0), retry_max);
  }
  state.hardware_failures = std::clamp(saved.hardware_failures, 0, 64);
  state.reduced = saved.reduced;
  state.spawns = saved.spawns;
  state.exits = saved.exits;
  const auto& codes = saved.exit_codes;
  const std::size_t kept = std::min(codes.size(), State::exit_codes_max);
  state.exit_codes.assign(codes.end() - static_cast<std::ptrdiff_t>(kept), codes.end());
  state.last_recovery = saved.last_recovery;
  state.desired_up = saved.desired_up;
  state.paused = saved.paused;
  if (saved.paused) state.paused_changed = now;
  if (saved.desired_up) {
    state.phase = saved.waiting == "hold" ? Phase::Hold : Phase::Backoff;
    state.reason = saved.waiting.empty() ? "the supervisor was restarted"
                                         : "the supervisor was restarted while it waited";
    state.due =
        now + (saved.waiting.empty() ? Duration(0) : std::clamp(saved.wait_left, Duration(0), wait_max));
  }
  return state;
}

}  // namespace supervisor
