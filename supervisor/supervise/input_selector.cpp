#include "supervisor/supervise/input_selector.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "supervisor/supervise/input_choice.h"

namespace supervisor {
namespace {

using common::InputState;
using common::MonoTime;
using Kind = InputTraits::Kind;
using Stage = InputStage;
using Duration = SelectorSettings::Duration;

struct Turn {
  const SelectorSettings& settings;
  SelectorState& state;
  MonoTime now;
  std::vector<SelectorAction> actions = {};

  SelectorInput& input(int priority) { return state.inputs[static_cast<std::size_t>(priority)]; }
  SelectorInput& selected() { return input(state.selected); }
  int count() const { return static_cast<int>(state.inputs.size()); }
  bool is_open(int priority) const {
    return std::binary_search(state.open.begin(), state.open.end(), priority);
  }
};

void act(Turn& turn, SelectorAction action) {
  turn.actions.push_back(std::move(action));
}

std::string seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%g s", static_cast<double>(duration.count()) / 1000);
  return text;
}

std::string in_tenths(std::chrono::nanoseconds time) {
  return seconds(std::chrono::round<std::chrono::duration<std::int64_t, std::deci>>(time));
}

std::string ago(MonoTime since, MonoTime now) {
  return in_tenths(now - since);
}

// --- one input ---

SelectorInput new_input(const InputTraits& traits, MonoTime now) {
  SelectorInput input;
  input.traits = traits;
  input.since = input.awaited = input.sign = input.penalty_at = now;
  return input;
}

void enter(Turn& turn, SelectorInput& input, Stage stage) {
  if (input.stage == stage) return;
  input.stage = stage;
  input.since = turn.now;
}

void become_ready(Turn& turn, SelectorInput& input) {
  enter(turn, input, Stage::Ready);
  input.sign = turn.now;
  input.error.clear();
  input.probe_due.reset();
  input.probe_delay = Duration(0);
}

// It is opened, or may be: no picture is expected of it before now.
void await(Turn& turn, SelectorInput& input, Stage stage) {
  enter(turn, input, stage);
  input.awaited = turn.now;
  input.bad.reset();
}

// While nothing works viewers wait for it: twice as often.
void plan_probe(Turn& turn, SelectorInput& input) {
  const Duration longer = std::max(input.probe_delay * 2, turn.settings.probe_interval);
  const Duration longest = turn.settings.probe_interval_max / (turn.state.exhausted ? 2 : 1);
  input.probe_delay = std::min(longer, std::max(longest, turn.settings.probe_interval));
  input.probe_due = turn.now + input.probe_delay;
}

void punish(Turn& turn, SelectorInput& input) {
  input.penalty = penalty_of(input, turn.settings, turn.now) + turn.settings.penalty;
  input.penalty_at = turn.now;
  if (input.penalty > turn.settings.penalty_suppress) input.suppressed = true;
}

// The display is meant to show nothing (the policy of an x11 input): no fault.
bool is_at_rest(const std::string& error) {
  return error.starts_with("locked: ") || error.starts_with("asleep: ");
}

// What failed already is not charged again: its trouble may have another name by now.
void fail(Turn& turn, int priority, bool timed_out, const std::string& error) {
  SelectorInput& input = turn.input(priority);
  if (is_slate(input)) return;
  const bool again = input.stage == Stage::Down;
  if (again && input.error == error) return;
  input.error = error;
  act(turn, InputFailed{priority, error});
  if (again) return;
  enter(turn, input, Stage::Down);
  input.timed_out = timed_out;
  input.added = false;
  if (!is_at_rest(error)) {
    ++input.failures;
    punish(turn, input);
  }
  if (input.traits.kind != Kind::Own) plan_probe(turn, input);
}

// --- what is on air ---

void tell_exhausted(Turn& turn, bool on) {
  if (turn.state.exhausted == on) return;
  turn.state.exhausted = on;
  act(turn, Exhausted{on});
}

void select(Turn& turn, int to, SwitchReason reason, std::string detail = {}) {
  SelectorState& state = turn.state;
  const int from = std::exchange(state.selected, to);
  act(turn, Switched{from, to, reason, std::move(detail)});
  state.selected_since = turn.now;
  state.last_switch = turn.now;
  turn.selected().added = false;
  if (!is_ready(turn.selected())) turn.selected().awaited = turn.now;
}

void select_slate(Turn& turn, SwitchReason reason, const std::string& detail) {
  if (turn.state.selected != last_of(turn.state)) select(turn, last_of(turn.state), reason, detail);
  tell_exhausted(turn, turn.count() > 1);
}

void leave_failed(Turn& turn) {
  const SelectorInput& failed = turn.selected();
  const SwitchReason reason = failed.timed_out ? SwitchReason::Timeout : SwitchReason::Error;
  const std::string detail = failed.error;
  if (const auto best = best_ready(turn.state)) return select(turn, *best, reason, detail);
  select_slate(turn, reason, detail);
}

// True: the override rules.
bool follow_override(Turn& turn) {
  SelectorState& state = turn.state;
  if (!state.override_input) return false;
  const int wanted = *state.override_input;
  if (turn.input(wanted).stage == Stage::Down) {
    state.override_input.reset();
    act(turn, OverrideCleared{wanted, turn.input(wanted).error});
    return false;
  }
  if (state.selected != wanted) select(turn, wanted, SwitchReason::Manual);
  tell_exhausted(turn, false);
  return true;
}

// A slate that was added is no better than an input that works before it.
std::optional<int> added_better(const SelectorState& state) {
  bool any_works = false;
  for (int i = 0; i < state.selected; ++i) {
    const SelectorInput& input = at(state, i);
    if (!is_ready(input)) continue;
    if (input.added && !input.suppressed && !(is_slate(input) && any_works)) return i;
    any_works = true;
  }
  return std::nullopt;
}

void improve(Turn& turn) {
  const SelectorState& state = turn.state;
  if (const auto added = added_better(state)) return select(turn, *added, SwitchReason::InputAdded);
  const auto back = next_failback(state, turn.settings);
  if (!back || turn.now < back->due) return;
  const SelectorInput& better = at(state, back->priority);
  const std::string works = "it works since " + ago(better.since, turn.now);
  select(turn, back->priority, SwitchReason::Failback,
         is_slate(better) ? "it comes first in the list" : works);
}

void choose(Turn& turn) {
  SelectorState& state = turn.state;
  if (follow_override(turn)) return;
  const SelectorInput& selected = turn.selected();
  if (selected.stage == Stage::Down) return leave_failed(turn);
  const auto best = best_ready(state);
  if (is_slate(selected)) {
    if (!best || *best >= state.selected) return;
    select(turn, *best, at(state, *best).added ? SwitchReason::InputAdded : SwitchReason::Recovery);
    return tell_exhausted(turn, false);
  }
  const auto impatient = impatient_at(state, turn.settings);
  if (impatient && turn.now >= *impatient) {
    const auto waited = std::max(selected.awaited, state.selected_since);
    return select(turn, *best, SwitchReason::Timeout, "no picture for " + ago(waited, turn.now));
  }
  improve(turn);
}

// --- after each event ---

std::string why_bad(const BadContent& bad, MonoTime now) {
  switch (bad.fault) {
    case common::ContentFault::Frozen:
      return "the same picture for " + ago(bad.from, now);
    case common::ContentFault::Black:
      return "black for " + ago(bad.from, now);
    case common::ContentFault::Corrupt:
      break;
  }
  return "broken pictures for " + ago(bad.from, now);
}

std::string why_late(const Turn& turn, const SelectorInput& input) {
  const auto bad = content_given_up_at(input, turn.settings);
  if (bad && turn.now >= *bad) return why_bad(*input.bad, turn.now);
  const bool gave = input.stage == Stage::Ready || input.stage == Stage::Suspect;
  return "no picture for " + ago(gave ? input.sign : input.awaited, turn.now);
}

void judge(Turn& turn) {
  for (int i = 0; i < turn.count(); ++i) {
    SelectorInput& input = turn.input(i);
    const auto due = given_up_at(turn.state, turn.settings, i);
    if (!due || turn.now < *due) continue;
    fail(turn, i, true, "input: " + why_late(turn, input));
  }
}

void suspect(Turn& turn) {
  const auto due = suspect_at(turn.state, turn.settings);
  if (!due || turn.now < *due) return;
  SelectorInput& input = turn.selected();
  const std::string why =
      input.bad ? why_bad(*input.bad, turn.now) : "no picture for " + ago(input.sign, turn.now);
  act(turn, InputNoted{turn.state.selected, "suspect: " + why});
  enter(turn, input, Stage::Suspect);
}

void forgive(Turn& turn) {
  for (SelectorInput& input : turn.state.inputs) {
    if (input.suppressed && turn.now >= reusable_at(input, turn.settings)) input.suppressed = false;
  }
}

void order_open(Turn& turn, int selected_before, bool always) {
  SelectorState& state = turn.state;
  std::vector<int> open = open_inputs_of(state, turn.settings);
  if (open == state.open && state.selected == selected_before && !always) return;
  for (const int i : open) {
    if (!turn.is_open(i) && !is_ready(turn.input(i))) turn.input(i).awaited = turn.now;
  }
  state.open = std::move(open);
  act(turn, SelectInput{state.selected, state.open});
}

void miss_answers(Turn& turn) {
  for (SelectorInput& input : turn.state.inputs) {
    if (input.probe == 0 || turn.now < *input.probe_due) continue;
    input.probe = 0;
    plan_probe(turn, input);
  }
}

void probe(Turn& turn) {
  for (int i = 0; i < turn.count(); ++i) {
    SelectorInput& input = turn.input(i);
    const bool due = input.probe == 0 && input.probe_due && turn.now >= *input.probe_due;
    if (!due || !may_probe(turn.state, i)) continue;
    input.probe = ++turn.state.probes;
    StartProbe start{i, input.probe, turn.settings.probe_timeout};
    if (input.bad) {
      start.disprove = input.bad->fault;
      start.limit += std::min(input.traits.content_limits[input.bad->fault], content_proof_max);
    }
    input.probe_due = turn.now + start.limit + probe_answer_slack;
    act(turn, start);
  }
}

// --- events ---

void on(Turn& turn, const WorkerBegan& event) {
  SelectorState& state = turn.state;
  state.took_over = state.generation != 0 ? std::optional(turn.now) : std::nullopt;
  state.generation = event.generation;
  state.heard.reset();
  state.figures.reset();
  for (SelectorInput& input : state.inputs) {
    input.held = false;
    if (input.stage != Stage::Down) await(turn, input, Stage::Unknown);
  }
}

// Asked anew as soon as they may be.
void drop_probes(Turn& turn) {
  for (SelectorInput& input : turn.state.inputs) {
    if (std::exchange(input.probe, 0) != 0) input.probe_due = turn.now;
  }
}

void on(Turn& turn, const WorkerEnded&) {
  on(turn, WorkerBegan{0});
  drop_probes(turn);
}

void on(Turn& turn, const SelectionForgotten&) {
  SelectorState& state = turn.state;
  for (SelectorInput& input : state.inputs) {
    SelectorInput fresh = new_input(input.traits, turn.now);
    fresh.failures = input.failures;
    input = std::move(fresh);
  }
  state.selected = state.override_input.value_or(0);
  state.last_switch.reset();
  tell_exhausted(turn, false);
}

bool is_news(const SelectorState& state, Generation generation, std::uint64_t revision, int priority) {
  return generation != 0 && generation == state.generation && revision == state.revision && priority >= 0 &&
         priority < last_of(state) && !is_slate(at(state, priority));
}

// A closed or given up one is believed only when it was ordered to be open: else the words are late.
void on_opening(Turn& turn, SelectorInput& input, bool wanted) {
  if (!wanted || input.stage == Stage::Opening || input.stage == Stage::Down) return;
  if (input.stage == Stage::Unknown) return enter(turn, input, Stage::Opening);
  await(turn, input, Stage::Opening);
}

bool is_held_by_former(const Turn& turn, const SelectorInput& input) {
  const auto& since = turn.state.took_over;
  const bool opening = input.stage == Stage::Unknown || input.stage == Stage::Opening;
  return opening && !input.traits.exclusive.empty() && since && turn.now - *since < former_worker_time;
}

void on(Turn& turn, const InputReported& event) {
  const common::InputReport& report = event.report;
  if (!is_news(turn.state, event.generation, report.revision, report.priority)) return;
  if (!turn.state.heard) turn.state.heard = turn.now;
  SelectorInput& input = turn.input(report.priority);
  input.held = report.state != InputState::Closed;
  const bool wanted = turn.is_open(report.priority);
  switch (report.state) {
    case InputState::Closed:
      if (input.stage != Stage::Down && input.stage != Stage::Unknown) await(turn, input, Stage::Unknown);
      return;
    case InputState::Opening:
      return on_opening(turn, input, wanted);
    case InputState::Giving:
      if (wanted) become_ready(turn, input);
      return;
    case InputState::Failed:
    case InputState::Hung:
      if (is_held_by_former(turn, input)) return on_opening(turn, input, wanted);
      if (wanted || input.stage == Stage::Down) fail(turn, report.priority, false, report.error);
      return;
  }
}

// The fault that is over its limit for the longest time.
std::optional<BadContent> bad_content(const common::ContentTimes& told, const common::ContentTimes& limits,
                                      MonoTime now) {
  std::optional<BadContent> worst;
  for (std::size_t i = 0; i < common::content_fault_count; ++i) {
    const auto fault = static_cast<common::ContentFault>(i);
    if (limits[fault] <= Duration(0) || told[fault] < limits[fault]) continue;
    const MonoTime from = now - told[fault];
    const MonoTime since = from + limits[fault];
    if (!worst || since < worst->since) worst = BadContent{fault, from, since};
  }
  return worst;
}

// What is told of a run of broken pictures stands still between two of them: its beginning is kept.
void judge_content(Turn& turn, SelectorInput& input, const common::ContentTimes& told) {
  const auto bad = bad_content(told, input.traits.content_limits, turn.now);
  if (bad && input.bad && bad->fault == input.bad->fault) return;
  // It has to prove itself from now on.
  if (input.bad && !bad && input.stage == Stage::Ready) input.since = turn.now;
  input.bad = bad;
}

void on(Turn& turn, const FiguresReported& event) {
  const common::InputFigures& figures = event.figures;
  if (!is_news(turn.state, event.generation, figures.revision, figures.priority)) return;
  turn.state.figures = turn.now;
  SelectorInput& input = turn.input(figures.priority);
  const bool own = input.traits.kind == Kind::Own;
  const std::int64_t age = own ? figures.last_sign_age_ms : figures.last_picture_age_ms;
  if (age < 0) return;
  const MonoTime sign = turn.now - std::chrono::milliseconds(std::min(age, std::int64_t{86'400'000}));
  // An own one that was given up in silence is never reported anew: its signs are its proof.
  const bool back = own && input.stage == Stage::Down && input.timed_out && turn.is_open(figures.priority) &&
                    sign > input.since;
  const bool gives = input.stage == Stage::Ready || input.stage == Stage::Suspect;
  if (!gives && !back) return;
  const bool late = turn.now - sign >= turn.settings.suspect_after;
  judge_content(turn, input, figures.content);
  if (back || (input.stage == Stage::Suspect && !late && !input.bad)) become_ready(turn, input);
  input.sign = sign;
}

void on(Turn& turn, const ProbeAnswered& event) {
  for (int i = 0; event.probe != 0 && i < turn.count(); ++i) {
    SelectorInput& input = turn.input(i);
    if (input.probe != event.probe) continue;
    input.probe = 0;
    if (input.stage != Stage::Down) return;
    if (event.ok) {
      act(turn, InputNoted{i, "a probe got a picture of it"});
      input.probe_due.reset();
      return await(turn, input, Stage::Unknown);
    }
    fail(turn, i, false, event.error);
    return plan_probe(turn, input);
  }
}

void on(Turn& turn, const Override& event) {
  SelectorState& state = turn.state;
  if (event.priority) {
    if (!refuses_override(state, *event.priority)) state.override_input = event.priority;
    return;
  }
  if (!std::exchange(state.override_input, std::nullopt)) return;
  const auto best = best_ready(state);
  const bool better = best && (*best < state.selected || !is_ready(turn.selected()));
  if (better) {
    select(turn, *best, SwitchReason::Manual, "the override was cleared");
  } else if (state.selected == last_of(state)) {
    tell_exhausted(turn, turn.count() > 1);
  }
}

// Where an input of the old list is in the new one; -1: it is gone.
int new_place(const std::vector<int>& former, int old) {
  const auto found = std::find(former.begin(), former.end(), old);
  return found == former.end() ? -1 : static_cast<int>(found - former.begin());
}

// The selected input is gone. None works: the best that may, until it gives or is given up.
void replace_removed(Turn& turn, int old) {
  SelectorState& state = turn.state;
  int to = best_ready(state).value_or(-1);
  for (int i = 0; to < 0; ++i) {
    if (i == last_of(state) || at(state, i).stage != Stage::Down) to = i;
  }
  state.selected = old;  // as Switched says it
  select(turn, to, SwitchReason::InputRemoved);
  if (to == last_of(state)) tell_exhausted(turn, turn.count() > 1);
}

void on(Turn& turn, const InputsEdited& event) {
  SelectorState& state = turn.state;
  std::vector<SelectorInput> inputs;
  for (std::size_t i = 0; i < event.inputs.size(); ++i) {
    const int old = event.former[i];
    inputs.push_back(old < 0 ? new_input(event.inputs[i], turn.now) : at(state, old));
    inputs.back().traits = event.inputs[i];
    inputs.back().added = old < 0 || inputs.back().added;
  }
  const int old_selected = state.selected;
  std::vector<int> open;
  for (const int old : state.open) {
    if (const int place = new_place(event.former, old); place >= 0) open.push_back(place);
  }
  std::sort(open.begin(), open.end());
  state.inputs = std::move(inputs);
  state.open = std::move(open);
  ++state.revision;
  if (state.override_input) {
    const int old = *state.override_input;
    const int place = new_place(event.former, old);
    if (place < 0) act(turn, OverrideCleared{old, "the input was removed"});
    state.override_input = place < 0 ? std::nullopt : std::optional(place);
  }
  if (state.exhausted) {
    state.selected = last_of(state);
    tell_exhausted(turn, turn.count() > 1);
    return;
  }
  state.selected = new_place(event.former, old_selected);
  if (state.selected < 0) replace_removed(turn, old_selected);
}

void on(Turn& turn, const PrivacyChanged& event) {
  turn.state.paused = event.paused;
  if (event.paused) drop_probes(turn);
  // What was not captured while nobody may look is no sign of anything.
  for (SelectorInput& input : turn.state.inputs) {
    input.sign = input.awaited = turn.now;
    if (input.stage != Stage::Down) input.bad.reset();
  }
}

void on(Turn&, const SelectorTick&) {}

}  // namespace

std::string_view switch_reason_word(SwitchReason reason) {
  switch (reason) {
    case SwitchReason::Error:
      return "error";
    case SwitchReason::Timeout:
      return "timeout";
    case SwitchReason::Manual:
      return "manual";
    case SwitchReason::Failback:
      return "failback";
    case SwitchReason::Recovery:
      return "recovery";
    case SwitchReason::InputAdded:
      return "input_added";
    case SwitchReason::InputRemoved:
      return "input_removed";
  }
  return "";
}

std::vector<SelectorAction> InputSelector::step(SelectorState& state, const SelectorEvent& event,
                                                MonoTime now) const {
  Turn turn{settings, state, now};
  const int selected_before = state.selected;
  std::visit([&turn](const auto& e) { on(turn, e); }, event);
  forgive(turn);
  miss_answers(turn);
  judge(turn);
  choose(turn);
  suspect(turn);
  order_open(turn, selected_before, std::holds_alternative<InputsEdited>(event));
  probe(turn);
  return std::move(turn.actions);
}

std::optional<MonoTime> InputSelector::deadline(const SelectorState& state) const {
  std::optional<MonoTime> next;
  const auto sooner = [&next](std::optional<MonoTime> due) {
    if (due && (!next || *due < *next)) next = due;
  };
  sooner(suspect_at(state, settings));
  sooner(impatient_at(state, settings));
  if (const auto back = next_failback(state, settings)) sooner(back->due);
  for (int i = 0; i <= last_of(state); ++i) {
    const SelectorInput& input = at(state, i);
    sooner(given_up_at(state, settings, i));
    if (input.suppressed) sooner(reusable_at(input, settings));
    if (input.probe != 0 || may_probe(state, i)) sooner(input.probe_due);
  }
  return next;
}

SelectorState initial_selection(const InputSelector& selector, std::vector<InputTraits> inputs,
                                MonoTime now) {
  SelectorState state;
  for (InputTraits& traits : inputs) state.inputs.push_back(new_input(std::move(traits), now));
  state.selected_since = now;
  state.open = open_inputs_of(state, selector.settings);
  return state;
}

std::optional<std::string> refuses_override(const SelectorState& state, int priority) {
  if (priority < 0 || priority > last_of(state)) {
    return "there is no input " + std::to_string(priority) + "; the inputs are 0 to " +
           std::to_string(last_of(state));
  }
  const SelectorInput& input = at(state, priority);
  if (input.stage != Stage::Down) return std::nullopt;
  return "input " + std::to_string(priority) + " (" + input.traits.name + ") is degraded: " + input.error +
         "; it can be switched to when it works again";
}

std::string_view published_status(const SelectorState& state, int priority) {
  const SelectorInput& input = at(state, priority);
  const bool selected = priority == state.selected && state.generation != 0;
  if (is_slate(input)) return selected ? "active" : "idle";
  switch (input.stage) {
    case Stage::Down:
      return "degraded";
    case Stage::Ready:
    case Stage::Suspect:
      return selected ? "active" : "idle";
    case Stage::Unknown:
    case Stage::Opening:
      break;
  }
  const bool open = std::binary_search(state.open.begin(), state.open.end(), priority);
  return open && state.generation != 0 ? "probing" : "idle";
}

double penalty_of(const SelectorInput& input, const SelectorSettings& settings, MonoTime now) {
  if (input.penalty <= 0) return 0;
  const auto age = std::chrono::duration<double, std::milli>(now - input.penalty_at);
  const double half_life = std::max<double>(1, static_cast<double>(settings.penalty_half_life.count()));
  return input.penalty * std::exp2(-std::max(0.0, age.count()) / half_life);
}

}  // namespace supervisor
