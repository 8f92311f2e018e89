// The inputs' side: which one is on air, told to every worker that may come to publish.
#include <utility>

#include "supervisor/process/stream_runner.h"

namespace supervisor {
namespace {

// But for its inputs: what cannot change under a running worker.
std::string frame_of(const StreamPlan& plan) {
  common::WorkerSettings settings = plan.settings;
  settings.inputs.clear();
  return common::format_worker_settings(settings);
}

// How the next failure is dealt with is not among it: a worker that lives stays.
bool needs_new_worker(const StreamPlan& running, const StreamPlan& wanted) {
  return frame_of(running) != frame_of(wanted) ||
         running.supervision.hot_standby != wanted.supervision.hot_standby ||
         running.errors != wanted.errors || running.limits != wanted.limits;
}

// Words of a list that was replaced, as the new list says them.
template <typename Word>
std::map<int, Word> translated(const std::map<int, Word>& words, const std::vector<int>& former) {
  std::map<int, Word> result;
  for (std::size_t i = 0; i < former.size(); ++i) {
    const auto found = words.find(former[i]);
    if (found == words.end()) continue;
    Word& word = result[static_cast<int>(i)] = found->second;
    word.priority = static_cast<int>(i);
  }
  return result;
}

}  // namespace

InputDesk::Callbacks StreamRunner::desk_callbacks() {
  return {.select = [this](const common::SwitchInput& selection) { tell_selection(selection); },
          .log = [this](const std::string& level, const std::string& text) { log_(level, current(), text); },
          .switched =
              [this](const SwitchSnapshot& happened) {
                if (on_switch_) on_switch_(happened);
              },
          .changed = [this] { inputs_changed(); }};
}

void StreamRunner::inputs_changed() {
  ++inputs_changed_;
  judge_quality(current());
  if (!handling_) tell_changes();
}

void StreamRunner::reconfigure(const StreamPlan& plan) {
  // Without a worker the stream waits or is blocked: another policy is a reason to try again.
  const bool replace =
      needs_new_worker(plan_, plan) || (!state_.worker && plan_.supervision != plan.supervision);
  std::vector<common::InputSettings> inputs = plan.settings.inputs;
  plan_.settings = plan.settings;
  plan_.selector = plan.selector;
  plan_.supervision = plan.supervision;
  plan_.errors = plan.errors;
  plan_.limits = plan.limits;
  machine_.settings = plan_.supervision;
  desk_.configure(plan_.selector);
  if (inputs != desk_.inputs()) edit_inputs(std::move(inputs));
  if (replace) handle(ConfigChanged{true});
}

common::Result<void> StreamRunner::switch_input(std::optional<int> priority) {
  return desk_.override_with(priority);
}

common::Result<void> StreamRunner::edit_inputs(std::vector<common::InputSettings> inputs) {
  if (inputs.empty() || inputs.back().type != "slate") {
    return common::error("the list of inputs does not end with a slate");
  }
  plan_.settings.inputs = inputs;
  const std::uint64_t former_revision = desk_.revision();
  bool told = true;
  // Before the list is in force here: the selection that follows speaks of it.
  for (auto& [generation, life] : lives_) told = tell_list(generation, former_revision + 1, inputs) && told;
  const std::vector<int> former = desk_.edit(std::move(inputs));
  for (auto& [generation, life] : lives_) {
    life.words.inputs = translated(life.words.inputs, former);
    life.words.monitors = translated(life.words.monitors, former);
    for (auto& [priority, report] : life.words.inputs) report.revision = desk_.revision();
  }
  watch_world();
  if (!told) handle(ConfigChanged{true});
  return {};
}

// Nothing is told by halves: a worker takes a list whole, or not at all.
bool StreamRunner::tell_list(Generation generation, std::uint64_t revision,
                             const std::vector<common::InputSettings>& inputs) {
  std::vector<common::EditInput> lines;
  const int count = static_cast<int>(inputs.size());
  for (int i = 0; i < count; ++i) {
    lines.push_back({revision, i, count, inputs[static_cast<std::size_t>(i)]});
    if (common::format_command(lines.back()).size() > common::line_bytes_max) return false;
  }
  WorkerLife& life = lives_.at(generation);
  for (const common::EditInput& line : lines) {
    if (send(generation, line)) continue;
    life.misinformed = true;
    return true;
  }
  life.revision = revision;
  return true;
}

void StreamRunner::tell_selection(const common::SwitchInput& selection) {
  for (auto& [generation, life] : lives_) {
    if (life.revision != selection.revision) continue;
    if (!send(generation, selection)) life.misinformed = true;
  }
}

// A parked worker that did not read for long: all that it missed.
void StreamRunner::tell_again(Generation generation) {
  const auto life = lives_.find(generation);
  if (life == lives_.end() || !std::exchange(life->second.misinformed, false)) return;
  if (life->second.revision != desk_.revision()) tell_list(generation, desk_.revision(), desk_.inputs());
  send(generation, desk_.selection());
}

// What a worker said before it was the current one.
void StreamRunner::replay(Generation generation) {
  desk_.begin(generation);
  const EarlyWords words = lives_.at(generation).words;
  for (const auto& [priority, monitors] : words.monitors) desk_.monitors(monitors);
  for (const auto& [priority, report] : words.inputs) desk_.report(generation, report);
}

}  // namespace supervisor
