#include "input_world.h"

#include <algorithm>

namespace supervisor {

using common::InputState;

InputWorld::InputWorld(std::uint64_t seed, const std::vector<std::string>& inputs, SelectorSettings settings)
    : random_(seed), selector_{settings}, state_(initial_selection(selector_, traits(inputs), now_)) {
  for (const std::string& word : inputs) sources_.push_back({.word = word});
  ordered_ = state_.open;
  handle(WorkerBegan{generation_});
}

void InputWorld::handle(const SelectorEvent& event) {
  for (const SelectorAction& action : selector_.step(state_, event, now_)) {
    if (const auto* select = std::get_if<SelectInput>(&action)) ordered_ = select->open;
    if (const auto* probe = std::get_if<StartProbe>(&action))
      probes_.push_back({probe->probe, probe->priority, now_ + std::chrono::milliseconds(50 + random(950)),
                         probe->disprove.has_value()});
    switches_ += std::holds_alternative<Switched>(action) ? 1 : 0;
  }
  const auto broken = broken_rule(selector_, state_, now_);
  if (broken && broken_.empty()) broken_ = *broken + " after event " + std::to_string(event.index());
}

std::vector<InputTraits> InputWorld::traits(const std::vector<std::string>& words) {
  auto inputs = inputs_of(words);
  for (InputTraits& input : inputs)
    if (input.kind != InputTraits::Kind::Own && input.kind != InputTraits::Kind::Slate)
      input.content_limits[common::ContentFault::Frozen] = frozen_max;
  return inputs;
}

void InputWorld::freeze(int priority, bool frozen) {
  sources_[static_cast<std::size_t>(priority)].frozen = frozen;
}

void InputWorld::report(int priority, InputState state, const std::string& error) {
  handle(InputReported{generation_, {state_.revision, priority, state, error, false}});
}

void InputWorld::set_up(int priority, bool up, bool says_why) {
  Source& source = sources_[static_cast<std::size_t>(priority)];
  source.up = up;
  source.says_why = says_why;
}

void InputWorld::turn_source(int priority, Source& source) {
  const bool wanted = std::find(ordered_.begin(), ordered_.end(), priority) != ordered_.end();
  if (!wanted) {
    if (!source.open) return;
    source.open = source.giving = source.failed = false;
    return report(priority, InputState::Closed);
  }
  if (!source.open) {
    source.open = true;
    source.due = now_ + std::chrono::milliseconds(random(1500));
    return report(priority, InputState::Opening);
  }
  if (source.giving && source.up) {
    source.picture = now_;
    if (!source.frozen) source.changed = now_;
  } else if (source.giving && source.says_why) {
    source.giving = false;
    source.failed = true;
    source.due = now_ + 500ms;
    report(priority, InputState::Failed, "input: gone");
  } else if (!source.giving && now_ >= source.due) {
    source.due = now_ + 500ms;
    if (source.up) {
      source.giving = true;
      source.failed = false;
      source.picture = source.changed = now_;
      report(priority, InputState::Giving);
    } else if (!source.failed && source.says_why) {
      source.failed = true;
      report(priority, InputState::Failed, "input: refused");
    }
  }
}

void InputWorld::turn_worker() {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!sources_[i].word.starts_with("slate")) turn_source(static_cast<int>(i), sources_[i]);
  }
}

void InputWorld::tell_figures() {
  if (now_ < figures_due_) return;
  figures_due_ = now_ + 1s;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!sources_[i].giving || paused_) continue;
    common::InputFigures told{.revision = state_.revision, .priority = static_cast<int>(i)};
    told.last_picture_age_ms = told.last_sign_age_ms = (now_ - sources_[i].picture) / 1ms;
    told.content[common::ContentFault::Frozen] =
        std::chrono::duration_cast<std::chrono::milliseconds>(sources_[i].picture - sources_[i].changed);
    handle(FiguresReported{generation_, told});
  }
}

void InputWorld::answer_probes() {
  for (std::size_t i = 0; i < probes_.size();) {
    if (now_ < probes_[i].due) {
      ++i;
      continue;
    }
    const Probe probe = probes_[i];
    probes_.erase(probes_.begin() + static_cast<std::ptrdiff_t>(i));
    if (disturbed_ && chance(5)) continue;  // lost
    const bool there = probe.priority < static_cast<int>(sources_.size());
    const auto& source = sources_[there ? static_cast<std::size_t>(probe.priority) : 0];
    const bool ok = there && source.up && !(probe.wants_a_change && source.frozen);
    handle(ProbeAnswered{probe.number, ok, ok ? "" : "input: still gone"});
  }
}

void InputWorld::pass(std::chrono::milliseconds time) {
  for (const common::MonoTime end = now_ + time; now_ < end;) {
    const auto next = now_ + tick;
    // At its deadlines exactly, as the shell does.
    for (auto due = selector_.deadline(state_); due && *due < next; due = selector_.deadline(state_)) {
      now_ = std::max(now_, *due);
      handle(SelectorTick{});
      if (!broken_.empty()) return;
    }
    now_ = next;
    turn_worker();
    tell_figures();
    answer_probes();
    handle(SelectorTick{});
  }
}

void InputWorld::edit() {
  std::vector<std::string> words;
  std::vector<int> former;
  std::vector<Source> kept;
  const auto add = [&](int old) {
    former.push_back(old);
    kept.push_back(sources_[static_cast<std::size_t>(old)]);
    words.push_back(kept.back().word);
  };
  const int last = static_cast<int>(sources_.size()) - 1;
  for (int i = 0; i < last; ++i) {
    if (sources_.size() > 2 && chance(25)) continue;
    add(i);
    if (kept.size() > 1 && chance(20)) {
      std::swap(former[former.size() - 1], former[former.size() - 2]);
      std::swap(words[words.size() - 1], words[words.size() - 2]);
      std::swap(kept[kept.size() - 1], kept[kept.size() - 2]);
    }
  }
  if (kept.size() < 6 && (kept.empty() || chance(60))) {
    static const std::vector<std::string> kinds = {"own:", "url:", "file:", "device:", "slate:inner"};
    const auto place = static_cast<std::ptrdiff_t>(random(static_cast<int>(kept.size()) + 1));
    words.insert(words.begin() + place,
                 kinds[static_cast<std::size_t>(random(5))] + std::to_string(++names_));
    former.insert(former.begin() + place, -1);
    kept.insert(kept.begin() + place,
                Source{.word = words[static_cast<std::size_t>(place)], .up = chance(70)});
  }
  add(last);
  sources_ = std::move(kept);
  // The worker keeps what it has open, whatever its place; what was ordered is of the old list.
  ordered_.clear();
  for (std::size_t i = 0; i < former.size(); ++i) {
    if (sources_[i].open) ordered_.push_back(static_cast<int>(i));
  }
  handle(InputsEdited{traits(words), former});
}

void InputWorld::replace_worker() {
  for (Source& source : sources_) source.open = source.giving = source.failed = false;
  if (chance(50)) handle(WorkerEnded{});
  handle(WorkerBegan{++generation_});
}

void InputWorld::disturb() {
  disturbed_ = true;
  const int kind = random(100);
  if (kind < 60) {
    const int input = any_input();
    freeze(input, chance(20));
    return set_up(input, chance(50), chance(60));
  }
  if (kind < 70) return handle(Override{chance(60) ? std::optional(any_input()) : std::nullopt});
  if (kind < 80) return edit();
  if (kind < 87) return replace_worker();
  if (kind < 92) {
    const auto state = static_cast<InputState>(random(5));
    return handle(
        InputReported{generation_ - 1, {state_.revision, any_input(), state, "input: late", false}});
  }
  if (kind < 95) {
    paused_ = !paused_;
    return handle(PrivacyChanged{paused_});
  }
  now_ += std::chrono::milliseconds(random(8000));
  handle(SelectorTick{});
}

void InputWorld::calm() {
  disturbed_ = false;
  for (Source& source : sources_) {
    source.up = source.says_why = true;
    source.frozen = false;
  }
  if (std::exchange(paused_, false)) handle(PrivacyChanged{false});
  handle(Override{std::nullopt});
}

}  // namespace supervisor
