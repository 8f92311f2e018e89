#include "supervisor/supervise/invariants.h"

#include <algorithm>
#include <array>

namespace supervisor {
namespace {

using common::MonoTime;

struct Look {
  const Machine& machine;
  const State& state;
  MonoTime now;
};

bool has_process(Phase phase) {
  return phase >= Phase::Starting && phase <= Phase::Killing;
}

bool delivers(Phase phase) {
  return phase == Phase::Healthy || phase == Phase::Degraded;
}

bool worker_matches_phase(const Look& look) {
  return look.state.worker.has_value() == has_process(look.state.phase);
}

bool worker_is_newest(const Look& look) {
  return !look.state.worker || look.state.worker->generation == look.state.generation;
}

bool quarantine_is_bounded(const Look& look) {
  const auto& held = look.state.quarantine;
  return static_cast<int>(held.size()) <= look.machine.settings.quarantine_max + 1 &&
         std::is_sorted(held.begin(), held.end(), std::less_equal<>()) &&
         (!look.state.worker ||
          std::find(held.begin(), held.end(), look.state.worker->generation) == held.end());
}

bool unwanted_only_ends(const Look& look) {
  const Phase phase = look.state.phase;
  return wanted(look.state) || phase == Phase::Stopped || phase == Phase::Stopping || phase == Phase::Killing;
}

bool wanted_is_tried(const Look& look) {
  return !wanted(look.state) || look.state.phase != Phase::Stopped;
}

bool progress_is_fresh(const Look& look) {
  if (!delivers(look.state.phase)) return true;
  const auto due = stall_due(look.state.worker->health, look.machine.settings);
  return due && look.now <= *due + look.machine.settings.late_loop;
}

bool something_is_armed(const Look& look) {
  return look.machine.deadline(look.state).has_value() == (look.state.phase != Phase::Stopped);
}

bool incident_is_open_only_without_media(const Look& look) {
  return !look.state.incident || (wanted(look.state) && !delivers(look.state.phase));
}

bool history_is_bounded(const Look& look) {
  return look.state.exit_codes.size() <= State::exit_codes_max && look.state.unmet.size() <= 2;
}

struct Rule {
  bool (*holds)(const Look&);
  const char* text;
};

constexpr std::array rules = {
    Rule{worker_matches_phase, "a worker exists exactly in Starting to Killing"},
    Rule{worker_is_newest, "the worker is of the newest generation"},
    Rule{quarantine_is_bounded, "quarantine is bounded, in order, and not the current worker"},
    Rule{unwanted_only_ends, "what is not wanted is stopped or ending"},
    Rule{wanted_is_tried, "what is wanted is never left stopped"},
    Rule{progress_is_fresh, "healthy and degraded only with progress in time"},
    Rule{something_is_armed, "every phase but Stopped has a deadline, Stopped has none"},
    Rule{incident_is_open_only_without_media,
         "an incident is open only while a wanted stream delivers nothing"},
    Rule{history_is_bounded, "lists keep their limits"},
};

}  // namespace

std::optional<std::string> violated(const Machine& machine, const State& state, MonoTime now) {
  const Look look{machine, state, now};
  for (const Rule& rule : rules) {
    if (!rule.holds(look))
      return std::string(rule.text) + " (phase " + std::string(phase_name(state.phase)) + ")";
  }
  return std::nullopt;
}

}  // namespace supervisor
