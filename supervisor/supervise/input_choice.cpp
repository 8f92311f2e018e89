#include "supervisor/supervise/input_choice.h"

#include <algorithm>
#include <cmath>

namespace supervisor {
namespace {

using common::MonoTime;
using Kind = InputTraits::Kind;
using Stage = InputStage;

std::chrono::milliseconds timeout_of(const SelectorInput& input, const SelectorSettings& settings) {
  return input.traits.timeout > std::chrono::milliseconds(0) ? input.traits.timeout : settings.timeout;
}

bool is_judged(const SelectorState& state) {
  return state.generation != 0 && !state.paused && state.heard.has_value();
}

// What a missing picture says is worth nothing when nobody told of the pictures.
std::optional<MonoTime> if_told(const SelectorState& state, MonoTime due) {
  if (!state.figures || due > *state.figures + figures_fresh_for) return std::nullopt;
  return due;
}

// Another input that holds, or is to hold, what this one needs for itself.
bool is_taken(const SelectorState& state, const std::vector<int>& open, int priority) {
  const std::string& word = at(state, priority).traits.exclusive;
  return !word.empty() && std::any_of(open.begin(), open.end(), [&](int other) {
    return other != priority && at(state, other).traits.exclusive == word;
  });
}

// A better input waits for a probe of the same thing: nobody keeps it open only to be warm.
bool is_claimed(const SelectorState& state, int priority) {
  const std::string& word = at(state, priority).traits.exclusive;
  for (int i = 0; i < priority && !word.empty(); ++i) {
    if (at(state, i).traits.exclusive == word && at(state, i).stage == Stage::Down) return true;
  }
  return false;
}

bool is_kept_open(const SelectorInput& input) {
  return input.traits.kind == Kind::Own || (input.traits.kind == Kind::File && input.stage != Stage::Down);
}

int warm_wanted(const SelectorState& state, const SelectorSettings& settings) {
  const Stage stage = at(state, state.selected).stage;
  const bool in_doubt = !is_slate(at(state, state.selected)) && stage != Stage::Ready;
  return in_doubt ? std::max(settings.warm, 1) : settings.warm;
}

}  // namespace

bool is_ready(const SelectorInput& input) {
  return is_slate(input) || (input.stage == Stage::Ready && !input.bad);
}

std::optional<int> best_ready(const SelectorState& state) {
  std::optional<int> suppressed;
  for (int i = 0; i < last_of(state); ++i) {
    const SelectorInput& input = at(state, i);
    if (!is_ready(input)) continue;
    if (is_slate(input)) return suppressed ? suppressed : i;
    if (!input.suppressed) return i;
    if (!suppressed) suppressed = i;
  }
  return suppressed;
}

std::vector<int> open_inputs_of(const SelectorState& state, const SelectorSettings& settings) {
  std::vector<int> open;
  if (!is_slate(at(state, state.selected))) open.push_back(state.selected);
  int warm = warm_wanted(state, settings);
  bool wanted = true;  // up to a slate: what stands behind one is never chosen
  for (int i = 0; i < last_of(state); ++i) {
    const SelectorInput& input = at(state, i);
    if (is_slate(input)) {
      wanted = false;
      continue;
    }
    if (i == state.selected || is_taken(state, open, i)) continue;
    const bool candidate = wanted && input.stage != Stage::Down;
    const bool better = candidate && i < state.selected;
    const bool is_warm = candidate && !better && warm > 0 && !is_claimed(state, i);
    warm -= is_warm ? 1 : 0;
    if (better || is_warm || is_kept_open(input)) open.push_back(i);
  }
  std::sort(open.begin(), open.end());
  return open;
}

std::optional<MonoTime> content_given_up_at(const SelectorInput& input, const SelectorSettings& settings) {
  if (!input.bad) return std::nullopt;
  return input.bad->since + timeout_of(input, settings);
}

bool may_probe(const SelectorState& state, int priority) {
  const SelectorInput& input = at(state, priority);
  if (state.generation == 0 || state.paused) return false;
  if (input.stage != Stage::Down || input.traits.kind == Kind::Own) return false;
  if (input.traits.exclusive.empty()) return true;
  return std::none_of(state.inputs.begin(), state.inputs.end(),
                      [&](const SelectorInput& other) {
                        return other.traits.exclusive == input.traits.exclusive &&
                               (other.held || (other.probe != 0 && &other != &input));
                      }) &&
         !is_taken(state, state.open, priority);
}

std::optional<MonoTime> given_up_at(const SelectorState& state, const SelectorSettings& settings,
                                    int priority) {
  const SelectorInput& input = at(state, priority);
  if (!is_judged(state) || is_slate(input)) return std::nullopt;
  MonoTime due{};
  switch (input.stage) {
    case Stage::Ready:
    case Stage::Suspect:
      due = input.sign + timeout_of(input, settings);
      if (const auto bad = content_given_up_at(input, settings)) due = std::min(due, *bad);
      return if_told(state, due);
    case Stage::Unknown:
    case Stage::Opening:
      if (!std::binary_search(state.open.begin(), state.open.end(), priority)) return std::nullopt;
      return std::max(input.awaited, *state.heard) +
             std::max(settings.probe_timeout, timeout_of(input, settings));
    case Stage::Down:
      break;
  }
  return std::nullopt;
}

std::optional<MonoTime> suspect_at(const SelectorState& state, const SelectorSettings& settings) {
  const SelectorInput& input = at(state, state.selected);
  if (!is_judged(state) || is_slate(input) || input.stage != Stage::Ready) return std::nullopt;
  const MonoTime late = input.sign + settings.suspect_after;
  return if_told(state, input.bad ? std::min(late, input.bad->since) : late);
}

std::optional<MonoTime> impatient_at(const SelectorState& state, const SelectorSettings& settings) {
  const SelectorInput& input = at(state, state.selected);
  const bool opening = input.stage == Stage::Unknown || input.stage == Stage::Opening;
  if (!is_judged(state) || state.override_input || is_slate(input) || !opening) return std::nullopt;
  if (!best_ready(state)) return std::nullopt;
  return std::max({input.awaited, state.selected_since, *state.heard}) + timeout_of(input, settings);
}

std::optional<Failback> next_failback(const SelectorState& state, const SelectorSettings& settings) {
  const SelectorInput& selected = at(state, state.selected);
  const bool stays = selected.stage != Stage::Ready && selected.stage != Stage::Suspect;
  if (!is_judged(state) || state.override_input || stays || is_slate(selected)) return std::nullopt;
  std::optional<Failback> next;
  for (int i = 0; i < state.selected; ++i) {
    const SelectorInput& input = at(state, i);
    if (!is_ready(input)) continue;
    if (is_slate(input) && next) break;  // what works before it is better
    MonoTime due = input.since + settings.stable_time;
    if (state.last_switch) due = std::max(due, *state.last_switch + settings.dwell_time);
    if (input.suppressed) due = std::max(due, reusable_at(input, settings));
    if (!next || due < next->due) next = Failback{i, due};
    if (is_slate(input)) break;
  }
  return next;
}

MonoTime reusable_at(const SelectorInput& input, const SelectorSettings& settings) {
  const double reuse = std::max(settings.penalty_reuse, 1);
  if (!input.suppressed || input.penalty < reuse) return input.penalty_at;
  const double halvings = std::log2(input.penalty / reuse);
  const double wait = halvings * static_cast<double>(settings.penalty_half_life.count());
  return input.penalty_at + std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(wait)) + 1);
}

}  // namespace supervisor
