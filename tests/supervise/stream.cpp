#include "stream.h"

#include <ostream>

namespace supervisor {
namespace {

std::string signal_word(Signal::Kind kind) {
  switch (kind) {
    case Signal::Kind::Term:
      return "term ";
    case Signal::Kind::Kill:
      return "kill ";
    case Signal::Kind::Cont:
      return "cont ";
  }
  return "?";
}

struct Word {
  std::string operator()(const Spawn& one) const {
    return (one.standby ? "park " : "spawn ") + std::to_string(one.generation) +
           (one.software_encoder ? " software" : "") + (one.reduced ? " reduced" : "") +
           (one.paused ? " paused" : "");
  }
  std::string operator()(const SendQuit& one) const { return "quit " + std::to_string(one.generation); }
  std::string operator()(const Signal& one) const {
    return signal_word(one.kind) + std::to_string(one.generation);
  }
  std::string operator()(const Activate& one) const { return "activate " + std::to_string(one.generation); }
  std::string operator()(const TakeOver& one) const { return "take_over " + std::to_string(one.generation); }
  std::string operator()(const CancelTakeOver& one) const {
    return "cancel " + std::to_string(one.generation);
  }
  std::string operator()(const SetPaused& one) const { return one.paused ? "slate" : "picture"; }
  std::string operator()(const GatherEvidence& one) const {
    return "gather " + std::to_string(one.generation);
  }
  std::string operator()(const Fence& one) const { return "fence " + std::to_string(one.generation); }
  std::string operator()(const Quarantine& one) const {
    return "quarantine " + std::to_string(one.generation);
  }
  std::string operator()(const LogState&) const { return "log"; }
  std::string operator()(const OpenIncident& one) const {
    return "open " + std::string(failure_class_name(one.failure));
  }
  std::string operator()(const NoteIncident& one) const {
    constexpr const char* steps[] = {"killed ",   "reaped ",  "spawned ",
                                     "promoted ", "delayed ", "quarantined "};
    return steps[static_cast<std::size_t>(one.step)] + std::to_string(one.generation);
  }
  std::string operator()(const CloseIncident& one) const { return one.recovery ? "recovered" : "close"; }
};

}  // namespace

std::string text_of(const Action& action) {
  return std::visit(Word{}, action);
}

std::string text_of(const std::vector<Action>& actions) {
  std::string text;
  for (const Action& action : actions) {
    if (std::holds_alternative<LogState>(action) || std::holds_alternative<NoteIncident>(action)) continue;
    text += (text.empty() ? "" : ", ") + text_of(action);
  }
  return text;
}

Stream::Stream(SupervisionSettings settings, std::uint64_t seed)
    : machine{settings}, state(initial_state(seed, now)) {}

Stream& Stream::on(const Event& event) {
  const std::vector<Action> actions = machine.step(state, event, now);
  last_ = text_of(actions);
  all_.insert(all_.end(), actions.begin(), actions.end());
  const auto broken = violated(machine, state, now);
  EXPECT_FALSE(broken) << *broken << " after " << event_name(event.index());
  for (const Action& action : actions) {
    const GatherEvidence* gather = std::get_if<GatherEvidence>(&action);
    if (gather != nullptr && answers) on(EvidenceGathered{gather->generation, starved, "state R"});
  }
  return *this;
}

Stream& Stream::pass(Milliseconds time) {
  const common::MonoTime end = now + time;
  for (auto due = machine.deadline(state); due && *due <= end; due = machine.deadline(state)) {
    now = std::max(now, *due);
    on(Tick{});
  }
  now = end;
  return *this;
}

Stream& Stream::pass_deadline() {
  now = machine.deadline(state).value();
  return on(Tick{});
}

Stream& Stream::deliver(Milliseconds time) {
  for (Milliseconds passed{0}; passed < time; passed += 200ms) {
    pass(200ms).on(HeartbeatReceived{generation()}).part();
    if (state.standby) on(HeartbeatReceived{standby()});
  }
  return *this;
}

Stream& Stream::await_standby() {
  for (int i = 0; i < 18'000 && !state.standby; ++i) deliver(200ms);
  return *this;
}

Stream& Stream::come_up_with_standby() {
  machine.settings.hot_standby = true;
  if (phase() == Phase::Stopped) start();
  come_up().deliver(1s);
  park().prove_stable();
  return *this;
}

std::string Stream::notes() const {
  std::string text;
  for (const Action& action : all_) {
    if (!std::holds_alternative<NoteIncident>(action)) continue;
    text += (text.empty() ? "" : ", ") + text_of(action);
  }
  return text;
}

Milliseconds Stream::until_deadline() const {
  return std::chrono::duration_cast<Milliseconds>(machine.deadline(state).value() - now);
}

std::ostream& operator<<(std::ostream& out, Phase phase) {
  return out << phase_name(phase);
}

}  // namespace supervisor
