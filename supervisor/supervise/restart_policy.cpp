#include "supervisor/supervise/restart_policy.h"

#include <algorithm>
#include <limits>

namespace supervisor {
namespace {

using common::MonoTime;
using Duration = std::chrono::milliseconds;

enum class Strategy {
  Quick,  // at once, then from restart_delay up to backoff_max
  Slow,   // what does not even start: from 4 x restart_delay up to 2 x backoff_max
  Block,  // a restart cannot help
};

struct ClassRule {
  Strategy strategy;
  int weight_milli;  // of a life without media
  Precondition condition = Precondition::Binary;
};

// Every class at one glance. What a class also does to inputs and encoders is the worker's and the selector's
// affair.
constexpr ClassRule rule_of(FailureClass failure) {
  switch (failure) {
    case FailureClass::StopRequested:
      return {Strategy::Quick, 0};
    case FailureClass::CleanExit:
      return {Strategy::Quick, 500};
    case FailureClass::Crash:
      return {Strategy::Quick, 1'000};
    case FailureClass::OutOfMemory:
      return {Strategy::Quick, 2'000};
    case FailureClass::Hang:
      return {Strategy::Quick, 1'000};
    case FailureClass::Stall:
      return {Strategy::Quick, 1'000};
    case FailureClass::StartupTimeout:
      return {Strategy::Slow, 1'000};
    case FailureClass::ExecFatal:
      return {Strategy::Block, 0, Precondition::Binary};
    case FailureClass::ExecTransient:
      return {Strategy::Quick, 500};
    case FailureClass::Version:
      return {Strategy::Block, 0, Precondition::Binary};
    case FailureClass::Config:
      return {Strategy::Block, 0, Precondition::Config};
    case FailureClass::Encoder:
      return {Strategy::Quick, 1'000};
    case FailureClass::Input:
      return {Strategy::Quick, 1'000};
    case FailureClass::Disk:
      return {Strategy::Quick, 1'000};
    case FailureClass::Protocol:
      return {Strategy::Slow, 1'000};
    case FailureClass::Unkillable:
      return {Strategy::Quick, 1'000};
  }
  return {Strategy::Quick, 1'000};
}

// duration x permille / 1000, the largest duration instead of an overflow.
Duration scale(Duration duration, std::int64_t permille) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  if (permille > 0 && duration.count() > most / permille) return Duration(most / 1'000);
  return duration * permille / 1'000;
}

std::uint64_t splitmix64(std::uint64_t& seed) {
  seed += 0x9e3779b97f4a7c15u;
  std::uint64_t mixed = seed;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

Duration jittered(RestartHistory& history, Duration delay) {
  return scale(delay, 750 + static_cast<std::int64_t>(splitmix64(history.seed) % 501));
}

Duration next_delay(const RestartHistory& history, const SupervisionSettings& settings, Strategy strategy) {
  const int spread = strategy == Strategy::Slow ? 4 : 1;
  if (strategy == Strategy::Quick && history.failures == 0) return Duration(0);
  const Duration first = scale(settings.restart_delay, 1'000 * spread);
  const Duration cap = strategy == Strategy::Slow ? scale(settings.backoff_max, 2'000) : settings.backoff_max;
  const Duration grown = std::max(first, scale(history.delay, settings.backoff_multiplier_permille));
  return std::max(history.delay, std::min(grown, cap));
}

void charge(RestartHistory& history, const SupervisionSettings& settings, int weight_milli, MonoTime now) {
  history.score_milli = score_milli(history, settings, now) + weight_milli;
  history.scored_at = now;
}

RestartDecision hold(RestartHistory& history, const SupervisionSettings& settings) {
  const Duration longest = std::max(settings.hold_min, settings.hold_max);
  Duration delay = settings.hold_min;
  for (int i = 0; i < history.holds && delay < longest; ++i) delay = scale(delay, 2'000);
  history.holds = std::min(history.holds + 1, 64);
  return {.kind = RestartDecision::Kind::Hold, .delay = jittered(history, std::min(delay, longest))};
}

}  // namespace

RestartDecision decide(RestartHistory& history, const SupervisionSettings& settings, FailureClass failure,
                       bool delivered_media, MonoTime now) {
  const ClassRule rule = rule_of(failure);
  if (rule.strategy == Strategy::Block) {
    return {.kind = RestartDecision::Kind::Block, .condition = rule.condition};
  }
  if (!delivered_media) {
    charge(history, settings, rule.weight_milli, now);
    const bool trial_failed = history.holds > 0;
    if (trial_failed || history.score_milli > std::int64_t{1'000} * settings.max_restarts) {
      return hold(history, settings);
    }
  }
  history.delay = next_delay(history, settings, rule.strategy);
  history.failures = std::min(history.failures + 1, 1'000'000);
  return {.kind = RestartDecision::Kind::Retry, .delay = jittered(history, history.delay)};
}

Duration stable_after(const RestartHistory& history, const SupervisionSettings& settings) {
  return std::max(settings.stable_after, scale(history.delay, 2'000));
}

void forgive(RestartHistory& history) {
  history = RestartHistory{.seed = history.seed};
}

std::int64_t score_milli(const RestartHistory& history, const SupervisionSettings& settings, MonoTime now) {
  if (!history.scored_at || now <= *history.scored_at) return history.score_milli;
  const std::int64_t half_life = std::max<std::int64_t>(settings.restart_window.count() / 2, 1);
  const auto elapsed = std::chrono::duration_cast<Duration>(now - *history.scored_at).count();
  if (elapsed / half_life >= 62) return 0;
  const std::int64_t halved = history.score_milli >> (elapsed / half_life);
  return halved - halved * (elapsed % half_life) / (2 * half_life);  // a straight line between two halvings
}

}  // namespace supervisor
