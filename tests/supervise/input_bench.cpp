#include "input_bench.h"

#include <algorithm>

namespace supervisor {
namespace {

using common::InputState;

bool contains(const std::vector<int>& all, int one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool is_proved(const InputSelector& selector, const SelectorInput& input, common::MonoTime now) {
  return input.stage == InputStage::Ready && !input.bad && !is_slate(input) &&
         now - input.since >= selector.settings.stable_time;
}

std::optional<std::string> broken_choice(const InputSelector& selector, const SelectorState& state,
                                         common::MonoTime now) {
  const SelectorInput& selected = at(state, state.selected);
  if (selected.stage == InputStage::Down) return "a degraded input is selected";
  for (int i = 0; i < last_of(state); ++i) {
    const bool proved = is_proved(selector, at(state, i), now);
    const bool automatic = !state.override_input;
    if (automatic && proved && is_slate(selected) && i < state.selected)
      return "the slate is selected and input " + std::to_string(i) + " works";
    if (automatic && proved && state.exhausted) return "exhausted, and an input works";
  }
  const bool on_slate = state.selected == last_of(state);
  if (state.exhausted && !on_slate) return "exhausted, and an input is selected";
  if (on_slate && !state.exhausted && !state.override_input && last_of(state) > 0)
    return "the slate is selected, and nobody said that nothing works";
  return std::nullopt;
}

std::optional<std::string> broken_opening(const SelectorState& state) {
  if (!is_slate(at(state, state.selected)) && !contains(state.open, state.selected))
    return "the selected input is not open";
  if (!std::is_sorted(state.open.begin(), state.open.end())) return "open is not in order";
  for (const int i : state.open) {
    const SelectorInput& input = at(state, i);
    if (is_slate(input)) return "a slate is opened";
    const bool given_up = input.stage == InputStage::Down && input.traits.kind != InputTraits::Kind::Own;
    if (given_up) return "an input that was given up is open";
    if (input.probe != 0 && !input.traits.exclusive.empty()) return "an exclusive input is open and probed";
    for (const int other : state.open) {
      if (other != i && !input.traits.exclusive.empty() &&
          at(state, other).traits.exclusive == input.traits.exclusive)
        return "an exclusive input is open twice";
    }
  }
  return std::nullopt;
}

// Whatever is awaited has a deadline, and none of them is over.
std::optional<std::string> broken_deadline(const InputSelector& selector, const SelectorState& state,
                                           common::MonoTime now) {
  const auto due = selector.deadline(state);
  if (due && *due <= now) return "a deadline is over and was not seen to";
  for (int i = 0; i < last_of(state); ++i) {
    const SelectorInput& input = at(state, i);
    const bool probed = input.stage == InputStage::Down && input.traits.kind != InputTraits::Kind::Own;
    if (probed && !input.probe_due) return "a degraded input is never probed again";
    if (input.probe != 0 && !due) return "a probe is awaited for ever";
    if (probed && may_probe(state, i) && !due) return "a probe is due, and nothing will start it";
    const bool judged = state.generation != 0 && state.heard && !state.paused;
    const bool opening = input.stage == InputStage::Opening && contains(state.open, i);
    if (judged && opening && !due) return "an opening is awaited for ever";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> broken_rule(const InputSelector& selector, const SelectorState& state,
                                       common::MonoTime now) {
  if (state.selected < 0 || state.selected > last_of(state)) return "no such input is selected";
  if (state.override_input &&
      (*state.override_input > last_of(state) || state.selected != *state.override_input))
    return "the override is not followed";
  if (auto broken = broken_choice(selector, state, now)) return broken;
  if (auto broken = broken_opening(state)) return broken;
  return broken_deadline(selector, state, now);
}

std::vector<InputTraits> inputs_of(const std::vector<std::string>& words) {
  std::vector<InputTraits> inputs;
  for (const std::string& word : words) {
    const std::string kind = word.substr(0, word.find(':'));
    InputTraits traits;
    traits.name = word;
    using Kind = InputTraits::Kind;
    traits.kind = kind == "slate"                     ? Kind::Slate
                  : kind == "file"                    ? Kind::File
                  : kind == "url" || kind == "device" ? Kind::Remote
                                                      : Kind::Own;
    if (kind == "device") traits.exclusive = word.substr(0, word.find('#'));  // "device:a#2": the same device
    inputs.push_back(traits);
  }
  return inputs;
}

InputBench::InputBench(const std::vector<std::string>& inputs, SelectorSettings settings)
    : selector{settings}, state(initial_selection(selector, inputs_of(inputs), now)) {}

InputBench& InputBench::on(const SelectorEvent& event) {
  for (SelectorAction& action : selector.step(state, event, now)) actions.push_back(std::move(action));
  const auto broken = broken_rule(selector, state, now);
  EXPECT_FALSE(broken) << *broken;
  return *this;
}

InputBench& InputBench::worker() {
  next_figures_ = now + 1s;
  return on(WorkerBegan{++generation_});
}

InputBench& InputBench::say(int priority, InputState what, const std::string& error) {
  return on(InputReported{generation_, {state.revision, priority, what, error, false}});
}

InputBench& InputBench::gives(int priority) {
  return say(priority, InputState::Giving, "");
}
InputBench& InputBench::opens(int priority) {
  return say(priority, InputState::Opening, "");
}
InputBench& InputBench::closes(int priority) {
  return say(priority, InputState::Closed, "");
}
InputBench& InputBench::fails(int priority, const std::string& error) {
  return say(priority, InputState::Failed, error);
}
InputBench& InputBench::hangs(int priority) {
  return say(priority, InputState::Hung, "input: it hangs");
}

void InputBench::figures(const std::vector<int>& silent) {
  for (const int i : std::vector<int>(state.open)) {
    const SelectorInput& input = at(state, i);
    if (input.stage != InputStage::Ready && input.stage != InputStage::Suspect) continue;
    common::InputFigures told{.revision = state.revision, .priority = i};
    const auto age = contains(silent, i) ? (now - input.sign) / 1ms : 40;
    told.last_picture_age_ms = told.last_sign_age_ms = age;
    if (const auto spoilt = spoilt_.find(i); spoilt != spoilt_.end())
      told.content[spoilt->second.fault] =
          std::chrono::duration_cast<std::chrono::milliseconds>(now - spoilt->second.from);
    on(FiguresReported{generation_, told});
  }
}

InputBench& InputBench::pass_without(std::vector<int> silent, std::chrono::milliseconds time) {
  const common::MonoTime end = now + time;
  while (!testing::Test::HasFailure()) {
    const auto due = selector.deadline(state);
    const common::MonoTime next = std::min(next_figures_, due.value_or(next_figures_));
    if (next > end) break;
    now = std::max(now, next);
    if (now >= next_figures_) {
      next_figures_ = now + 1s;
      figures(silent);
    }
    on(SelectorTick{});
  }
  now = end;
  return *this;
}

InputBench& InputBench::pass(std::chrono::milliseconds time) {
  return pass_without({}, time);
}

InputBench& InputBench::spoil(int priority, std::optional<common::ContentFault> fault) {
  spoilt_.erase(priority);
  if (fault) spoilt_.insert({priority, {*fault, now}});
  return *this;
}

InputBench& InputBench::pass_in_silence(std::chrono::milliseconds time) {
  const common::MonoTime end = now + time;
  for (auto due = selector.deadline(state); due && *due <= end; due = selector.deadline(state)) {
    if (testing::Test::HasFailure()) break;
    now = *due;
    on(SelectorTick{});
  }
  now = end;
  next_figures_ = now + 1s;
  return *this;
}

InputBench& InputBench::probe_ok() {
  return on(ProbeAnswered{probe_out(), true, ""});
}

InputBench& InputBench::probe_fails(const std::string& error) {
  return on(ProbeAnswered{probe_out(), false, error});
}

InputBench& InputBench::choose(std::optional<int> priority) {
  return on(Override{priority});
}

InputBench& InputBench::edit(const std::vector<std::string>& inputs, const std::vector<int>& former) {
  return on(InputsEdited{inputs_of(inputs), former});
}

std::vector<std::string> InputBench::switches() const {
  std::vector<std::string> all;
  for (const SelectorAction& action : actions) {
    const auto* one = std::get_if<Switched>(&action);
    if (!one) continue;
    std::string text = std::to_string(one->from) + ">" + std::to_string(one->to) + " ";
    text += switch_reason_word(one->reason);
    all.push_back(one->detail.empty() ? text : text + ": " + one->detail);
  }
  return all;
}

std::string InputBench::last_switch() const {
  const auto all = switches();
  return all.empty() ? "" : all.back();
}

int InputBench::probes_started() const {
  return count<StartProbe>();
}

std::uint64_t InputBench::probe_out() const {
  for (const SelectorInput& input : state.inputs) {
    if (input.probe != 0) return input.probe;
  }
  return 0;
}

}  // namespace supervisor
