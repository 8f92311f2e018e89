#include "supervisor/supervise/restart_policy.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace supervisor {
namespace {

using common::MonoTime;
using Duration = std::chrono::milliseconds;

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

Duration next_delay(const RestartHistory& history, const SupervisionSettings& settings,
                    const ClassStrategy& strategy) {
  const int spread = strategy.slow ? 4 : 1;
  const bool own_delay = strategy.delay > Duration(0);
  if (!own_delay && !strategy.slow && history.failures == 0) return Duration(0);
  const Duration first = own_delay ? strategy.delay : scale(settings.restart_delay, 1'000 * spread);
  const Duration cap = strategy.cap > Duration(0) ? strategy.cap
                       : strategy.slow            ? scale(settings.backoff_max, 2'000)
                                                  : settings.backoff_max;
  const int multiplier =
      strategy.multiplier_permille > 0 ? strategy.multiplier_permille : settings.backoff_multiplier_permille;
  const Duration grown = std::max(first, scale(history.delay, multiplier));
  return std::max(history.delay, std::min(grown, cap));
}

// How many of its attempts the class has used up with this failure.
int count_attempt(RestartHistory& history, const SupervisionSettings& settings, FailureClass failure,
                  MonoTime now) {
  auto found = std::find_if(history.classes.begin(), history.classes.end(),
                            [failure](const ClassCount& one) { return one.failure == failure; });
  if (found == history.classes.end()) {
    found = history.classes.insert(found, ClassCount{.failure = failure});
  } else if (now - found->last > settings.repeat_window) {
    found->repeats = 0;
  }
  constexpr int most = 1'000'000;
  found->attempts = std::min(found->attempts + 1, most);
  found->repeats = std::min(found->repeats + 1, most);
  found->last = now;
  const AtLimit limit = settings.strategies[static_cast<std::size_t>(failure)].at_limit;
  const bool changes_worker = limit == AtLimit::SoftwareEncoder || limit == AtLimit::Reduce;
  return changes_worker ? std::max(found->attempts, found->repeats) : found->attempts;
}

Precondition condition_of(FailureClass failure) {
  return failure == FailureClass::Config ? Precondition::Config : Precondition::Binary;
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
  const ClassStrategy& strategy = settings.strategies[static_cast<std::size_t>(failure)];
  const int attempts = count_attempt(history, settings, failure, now);
  const bool at_limit = strategy.max_attempts > 0 && attempts >= strategy.max_attempts;
  const auto reached = [&](AtLimit limit) { return at_limit && strategy.at_limit == limit; };
  if (reached(AtLimit::Block)) {
    return {.kind = RestartDecision::Kind::Block, .condition = condition_of(failure)};
  }
  RestartDecision decision;
  if (!delivered_media) {
    charge(history, settings, strategy.weight_milli, now);
    const bool trial_failed = history.holds > 0;
    const bool over_budget = history.score_milli > std::int64_t{1'000} * settings.max_restarts;
    if (trial_failed || over_budget || reached(AtLimit::Hold)) decision = hold(history, settings);
  }
  if (decision.kind == RestartDecision::Kind::Retry) {
    history.delay = next_delay(history, settings, strategy);
    history.failures = std::min(history.failures + 1, 1'000'000);
    decision.delay = jittered(history, history.delay);
  }
  decision.software_encoder = reached(AtLimit::SoftwareEncoder);
  decision.reduced = reached(AtLimit::Reduce);
  return decision;
}

Duration stable_after(const RestartHistory& history, const SupervisionSettings& settings) {
  return std::max(settings.stable_after, scale(history.delay, 2'000));
}

void prove_stable(RestartHistory& history) {
  RestartHistory fresh{.seed = history.seed, .classes = std::move(history.classes)};
  for (ClassCount& one : fresh.classes) one.attempts = 0;
  history = std::move(fresh);
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
