#include "worker/source/show_rule.h"

namespace worker {

void ShowRule::select(std::size_t input) {
  if (input == selected_ && !gone_) return;
  if (on_air_ && !lost_at_) former_ = on_air_;
  selected_ = input;
  gone_ = false;
  if (former_ == input) former_.reset();
}

void ShowRule::move(std::optional<std::size_t> selected, std::optional<std::size_t> former) {
  gone_ = !selected;
  selected_ = selected.value_or(0);
  if (on_air_) on_air_ = former && on_air_ == former_ ? *former : selected_;
  former_ = former;
}

void ShowRule::forget() {
  on_air_.reset();
  lost_at_.reset();
  former_.reset();
}

bool ShowRule::gives(std::optional<std::size_t> input, std::span<const InputFact> facts) const {
  return input && *input < facts.size() && facts[*input] == InputFact::Gives;
}

Shown ShowRule::decide(std::span<const InputFact> facts, common::MonoTime now) {
  const bool behind = !gone_ && facts[selected_] == InputFact::Behind;
  const bool waiting = behind || (!gone_ && facts[selected_] == InputFact::Opening);
  if (!gone_ && gives(selected_, facts)) {
    former_.reset();
    on_air_ = selected_;
  } else if (waiting && gives(former_, facts)) {
    on_air_ = former_;
  } else {
    former_.reset();
    if (on_air_ && !lost_at_) lost_at_ = now;
    const bool held = on_air_ && now - *lost_at_ < (behind ? behind_max : hold_max);
    if (held && !(behind && on_air_ == selected_)) return {Shows::LastPicture, selected_};
    on_air_.reset();
    if (behind) on_air_ = selected_;
  }
  lost_at_.reset();
  return on_air_ ? Shown{Shows::Input, *on_air_} : Shown{Shows::Outage, selected_};
}

}  // namespace worker
