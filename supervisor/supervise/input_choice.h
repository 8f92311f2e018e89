// What the state of an input selector means: who may be shown, who is open, what is due when. Questions of
// input_selector.cpp and its tests; changes nothing. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "supervisor/supervise/input_selector.h"

namespace supervisor {

inline bool is_slate(const SelectorInput& input) {
  return input.traits.kind == InputTraits::Kind::Slate;
}
inline int last_of(const SelectorState& state) {
  return static_cast<int>(state.inputs.size()) - 1;
}
inline const SelectorInput& at(const SelectorState& state, int priority) {
  return state.inputs[static_cast<std::size_t>(priority)];
}
// It gives what can be shown, as far as is known; a slate always does.
bool is_ready(const SelectorInput& input);

// The first that is ready and not suppressed, a slate before the end included; before such a slate, or when
// there is none, a suppressed one that is ready. Never the slate at the end.
std::optional<int> best_ready(const SelectorState& state);

// Priorities that shall be open, ascending, without slates; the selected one is among them.
std::vector<int> open_inputs_of(const SelectorState& state, const SelectorSettings& settings);

// When it is given up for its pictures; nothing: there is nothing wrong with them.
std::optional<common::MonoTime> content_given_up_at(const SelectorInput& input,
                                                    const SelectorSettings& settings);

// It is tried by a probe when it failed, and nobody who may have it open would be disturbed.
bool may_probe(const SelectorState& state, int priority);

// Nothing below judges while it is paused, or while the worker tells nothing: then these are nothing.
// When it is given up unless a picture comes, or better ones.
std::optional<common::MonoTime> given_up_at(const SelectorState& state, const SelectorSettings& settings,
                                            int priority);
// When the selected input, which gives, is suspect.
std::optional<common::MonoTime> suspect_at(const SelectorState& state, const SelectorSettings& settings);
// When the selected input, which does not give yet, is left for one that does.
std::optional<common::MonoTime> impatient_at(const SelectorState& state, const SelectorSettings& settings);

struct Failback {
  int priority = 0;
  common::MonoTime due{};
};
// The better input that may be returned to first, and when; nothing: none is proved, or the selected one is
// not to be left.
std::optional<Failback> next_failback(const SelectorState& state, const SelectorSettings& settings);
// When a suppressed input may be used again.
common::MonoTime reusable_at(const SelectorInput& input, const SelectorSettings& settings);

}  // namespace supervisor
