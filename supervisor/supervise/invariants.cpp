#include "supervisor/supervise/invariants.h"

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "supervisor/supervise/turn.h"

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

bool worker_matches_phase(const Look& look) {
  const State& state = look.state;
  const bool only_waits_for_others =
      state.phase == Phase::Stopping && !state.worker && !wanted(state) && !state.retiring.empty();
  return state.worker.has_value() == has_process(state.phase) || only_waits_for_others;
}

// Every living process has one place: none is lost, none is counted twice.
bool generations_are_distinct(const Look& look) {
  const State& state = look.state;
  std::vector<Generation> all = state.quarantine;
  for (const Retiring& one : state.retiring) all.push_back(one.generation);
  if (state.worker) all.push_back(state.worker->generation);
  if (state.standby) all.push_back(state.standby->generation);
  std::sort(all.begin(), all.end());
  return std::adjacent_find(all.begin(), all.end()) == all.end() &&
         (all.empty() || (all.front() > 0 && all.back() <= state.generation));
}

bool standby_is_newer(const Look& look) {
  return !look.state.standby || !look.state.worker ||
         look.state.standby->generation > look.state.worker->generation;
}

bool standby_has_a_worker_before_it(const Look& look) {
  return !look.state.standby || (delivers(look.state.phase) && wanted(look.state));
}

bool standby_is_watched(const Look& look) {
  if (!look.state.standby) return true;
  const Standby& standby = *look.state.standby;
  return standby.due.has_value() || hang_due(standby.health, look.machine.settings).has_value();
}

bool take_over_is_planned(const Look& look) {
  const bool planned = look.state.planned_kind != PlannedKind::None;
  const bool taking = look.state.standby && look.state.standby->stage == Standby::Stage::TakingOver;
  const bool promoted = look.state.phase == Phase::Warmup && look.state.worker->promoted;
  return (planned || !taking) && (!planned || delivers(look.state.phase) || promoted);
}

bool processes_are_bounded(const Look& look) {
  const State& state = look.state;
  const std::size_t newest = (state.worker ? 1u : 0u) + (state.standby ? 1u : 0u);
  const std::size_t others = state.retiring.size() + state.quarantine.size();
  return static_cast<int>(state.retiring.size()) <= look.machine.settings.retiring_max &&
         newest + others <= others_max(look.machine.settings) + 1;
}

// Later than the longest step of the ladder: it would never be left behind.
bool ends_are_timed(const Look& look) {
  const SupervisionSettings& s = look.machine.settings;
  const auto longest = std::max({s.stop_timeout, s.stall_grace, s.kill_timeout, s.heartbeat_timeout});
  const auto& retiring = look.state.retiring;
  return std::all_of(retiring.begin(), retiring.end(),
                     [&](const Retiring& one) { return one.due <= look.now + longest; });
}

bool quarantine_is_in_order(const Look& look) {
  const auto& held = look.state.quarantine;
  return std::is_sorted(held.begin(), held.end(), std::less_equal<>());
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

bool incident_has_a_cause(const Look& look) {
  const State& state = look.state;
  if (!state.incident) return true;
  return wanted(state) && (!delivers(state.phase) || state.planned_kind != PlannedKind::None);
}

bool hardware_is_tried_again(const Look& look) {
  return look.state.software_encoder == look.state.hardware_due.has_value();
}

bool history_is_kind(const RestartHistory& history) {
  return history.delay >= std::chrono::milliseconds(0) && history.score_milli >= 0 &&
         history.classes.size() <= failure_class_count;
}

bool history_is_bounded(const Look& look) {
  return look.state.exit_codes.size() <= State::exit_codes_max && look.state.unmet.size() <= 2 &&
         history_is_kind(look.state.history) && history_is_kind(look.state.standby_history);
}

struct Rule {
  bool (*holds)(const Look&);
  const char* text;
};

constexpr std::array rules = {
    Rule{worker_matches_phase,
         "a worker exists exactly in Starting to Killing, or retiring ones are waited for"},
    Rule{generations_are_distinct, "every process has one place and a generation that was given"},
    Rule{standby_is_newer, "the standby is newer than the worker"},
    Rule{standby_has_a_worker_before_it, "a standby exists only beside a worker that delivers"},
    Rule{standby_is_watched, "a standby has a deadline"},
    Rule{take_over_is_planned, "a take-over is planned, and a plan has a worker to replace"},
    Rule{processes_are_bounded, "the number of processes is bounded"},
    Rule{ends_are_timed, "who is being ended is left behind in time"},
    Rule{quarantine_is_in_order, "quarantine is in order"},
    Rule{unwanted_only_ends, "what is not wanted is stopped or ending"},
    Rule{wanted_is_tried, "what is wanted is never left stopped"},
    Rule{progress_is_fresh, "healthy and degraded only with progress in time"},
    Rule{something_is_armed, "every phase but Stopped has a deadline, Stopped has none"},
    Rule{incident_has_a_cause,
         "an incident is open only while a wanted stream delivers nothing or its worker is replaced"},
    Rule{hardware_is_tried_again, "who left the hardware encoder has a time to try it again"},
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
