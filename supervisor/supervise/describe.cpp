#include "supervisor/supervise/describe.h"

#include <algorithm>

namespace supervisor {
namespace {

bool is_waiting(Phase phase) {
  return phase == Phase::Backoff || phase == Phase::Blocked || phase == Phase::Hold;
}

std::string standby_words(const State& state) {
  if (!state.standby) return state.standby_due && delivers(state.phase) ? "waiting" : "off";
  switch (state.standby->stage) {
    case Standby::Stage::Ready:
      return "ready";
    case Standby::Stage::TakingOver:
      return "taking_over";
    default:
      return "starting";
  }
}

}  // namespace

Description describe(const State& state, common::MonoTime now) {
  using std::chrono::duration_cast;
  using Milliseconds = std::chrono::milliseconds;
  Description out;
  const bool delivering = delivers(state.phase);
  out.paused = state.paused;
  out.state = state.paused && delivering ? "paused" : published_state(state.phase);
  out.reason = state.paused && delivering ? "paused by the operator: viewers see the slate" : state.reason;
  const common::MonoTime since =
      delivering ? std::max(state.phase_since, state.paused_changed.value_or(state.phase_since))
                 : state.phase_since;
  out.state_seconds = std::chrono::duration<double>(now - since).count();
  out.desired_up = state.desired_up;
  out.generation = state.generation;
  out.worker_pid = state.worker ? state.worker->pid : 0;
  out.restart_count = state.spawns > 0 ? state.spawns - 1 : 0;
  out.exit_codes.assign(state.exit_codes.begin(), state.exit_codes.end());
  if (!out.exit_codes.empty()) out.last_exit = out.exit_codes.back();
  if (state.last_recovery) out.last_recovery_ms = state.last_recovery->count();
  if (is_waiting(state.phase) && state.due) {
    const auto left = duration_cast<Milliseconds>(*state.due - now).count();
    out.next_retry_ms = std::max<std::int64_t>(left, 0);
  }
  out.standby_pid = state.standby ? state.standby->pid : 0;
  out.standby = standby_words(state);
  out.planned = state.planned;
  for (const Retiring& one : state.retiring) out.retiring.push_back(one.generation);
  out.quarantine = state.quarantine;
  return out;
}

}  // namespace supervisor
