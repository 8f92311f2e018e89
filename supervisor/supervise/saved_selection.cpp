#include <algorithm>
#include <cmath>

#include "supervisor/supervise/input_choice.h"

namespace supervisor {
namespace {

constexpr double penalty_max = 1e9;

int found_again(const std::vector<int>& places, int old) {
  return old >= 0 && old < static_cast<int>(places.size()) ? places[static_cast<std::size_t>(old)] : -1;
}

}  // namespace

SavedSelection save_selection(const InputSelector& selector, const SelectorState& state,
                              common::MonoTime now) {
  SavedSelection saved;
  for (const SelectorInput& input : state.inputs) {
    saved.inputs.push_back(
        {input.traits.name, std::floor(penalty_of(input, selector.settings, now)), input.suppressed});
  }
  saved.selected = state.selected;
  saved.override_input = state.override_input;
  saved.exhausted = state.exhausted;
  return saved;
}

SelectorState restore_selection(const InputSelector& selector, const SavedSelection& saved,
                                std::vector<InputTraits> inputs, common::MonoTime now) {
  SelectorState state = initial_selection(selector, std::move(inputs), now);
  std::vector<bool> taken(state.inputs.size(), false);
  std::vector<int> places;
  for (const SavedSelection::Input& old : saved.inputs) {
    int place = -1;
    for (std::size_t i = 0; place < 0 && i < state.inputs.size(); ++i) {
      if (!taken[i] && state.inputs[i].traits.name == old.name) place = static_cast<int>(i);
    }
    places.push_back(place);
    if (place < 0) continue;
    taken[static_cast<std::size_t>(place)] = true;
    SelectorInput& input = state.inputs[static_cast<std::size_t>(place)];
    input.penalty = old.penalty > 0 ? std::min(old.penalty, penalty_max) : 0;
    input.suppressed = old.suppressed && input.penalty >= selector.settings.penalty_reuse;
  }
  const int override_input = found_again(places, saved.override_input.value_or(-1));
  if (override_input >= 0) state.override_input = override_input;
  state.exhausted = saved.exhausted && last_of(state) > 0 && !state.override_input;
  const int selected = found_again(places, saved.selected);
  state.selected = state.exhausted ? last_of(state) : state.override_input.value_or(std::max(selected, 0));
  // The slate is selected only when the operator chose it, or nothing works.
  const bool slate = state.selected == last_of(state);
  if (slate && !state.exhausted && !state.override_input) state.selected = 0;
  state.open = open_inputs_of(state, selector.settings);
  return state;
}

}  // namespace supervisor
