#include <algorithm>

#include "supervisor/supervise/turn.h"

namespace supervisor {
namespace {

using Duration = SupervisionSettings::Duration;

bool is_live(Phase phase) {
  return phase >= Phase::Starting && phase <= Phase::Degraded;
}

void wait(Turn& turn, Phase phase, common::MonoTime until, const std::string& reason) {
  enter(turn, phase, reason);
  turn.state.due = until;
}

void block(Turn& turn, Precondition condition, const std::string& reason) {
  turn.state.blocked_by = condition;
  wait(turn, Phase::Blocked, turn.now + turn.settings.blocked_retry, reason);
}

bool quarantine_is_full(const Turn& turn) {
  return static_cast<int>(turn.state.quarantine.size()) > turn.settings.quarantine_max;
}

std::string_view condition_text(Precondition condition) {
  switch (condition) {
    case Precondition::Binary:
      return "the worker binary cannot be used";
    case Precondition::Config:
      return "the configuration cannot work";
    case Precondition::Quarantine:
      break;
  }
  return "too many workers that cannot be killed";
}

// When the distance to the last spawn is kept.
common::MonoTime gap_end(const Turn& turn) {
  const auto& last = turn.state.last_spawn;
  return last ? *last + turn.settings.spawn_gap : turn.now;
}

// All conditions hold; only the distance to the last spawn may still keep it back.
void launch(Turn& turn, const std::string& reason, bool at_once) {
  State& state = turn.state;
  if (!at_once && turn.now < gap_end(turn)) {
    wait(turn, Phase::Backoff, gap_end(turn), reason);
    return;
  }
  state.worker = Worker{.generation = ++state.generation};
  state.last_spawn = turn.now;
  act(turn, Spawn{state.generation});
  wait(turn, Phase::Starting, turn.now + turn.settings.exec_timeout, reason);
}

}  // namespace

void act(Turn& turn, Action action) {
  turn.actions.push_back(std::move(action));
}

void enter(Turn& turn, Phase phase, const std::string& reason) {
  State& state = turn.state;
  if (phase != state.phase || reason != state.reason) {
    act(turn, LogState{std::string(phase_name(state.phase)) + " -> " + std::string(phase_name(phase)) +
                       (reason.empty() ? "" : ": " + reason)});
  }
  if (phase != state.phase) state.phase_since = turn.now;
  state.phase = phase;
  state.reason = reason;
  state.due.reset();
}

void rest(Turn& turn, const std::string& reason) {
  turn.state.worker.reset();
  close_incident(turn, false);
  enter(turn, Phase::Stopped, reason);
}

void start_worker(Turn& turn, const std::string& reason, bool at_once) {
  const State& state = turn.state;
  if (!wanted(state)) {
    rest(turn, reason);
  } else if (quarantine_is_full(turn)) {
    block(turn, Precondition::Quarantine, std::string(condition_text(Precondition::Quarantine)));
  } else if (!state.unmet.empty()) {
    block(turn, state.unmet.front(), std::string(condition_text(state.unmet.front())));
  } else {
    launch(turn, reason, at_once);
  }
}

void try_blocked(Turn& turn, const std::string& reason) {
  if (quarantine_is_full(turn)) {
    block(turn, Precondition::Quarantine, turn.state.reason);
  } else {
    launch(turn, reason, false);
  }
}

void stop_worker(Turn& turn, FailureClass why, Duration patience, const std::string& reason) {
  const Generation generation = turn.state.worker->generation;
  fence(turn);
  turn.state.leaving = why;
  // A worker that is stopped (SIGSTOP) takes SIGTERM only after SIGCONT.
  act(turn, SendQuit{generation});
  act(turn, Signal{generation, Signal::Kind::Term});
  act(turn, Signal{generation, Signal::Kind::Cont});
  wait(turn, Phase::Stopping, turn.now + patience, reason);
}

void kill_worker(Turn& turn, FailureClass why, const std::string& reason) {
  State& state = turn.state;
  fence(turn);
  state.leaving = why;
  state.worker->kill_again = turn.now + turn.settings.kill_repeat;
  act(turn, Signal{state.worker->generation, Signal::Kind::Kill});
  wait(turn, Phase::Killing, turn.now + turn.settings.kill_timeout, reason);
}

void quarantine_worker(Turn& turn) {
  State& state = turn.state;
  state.quarantine.push_back(state.worker->generation);
  act(turn, Quarantine{state.worker->generation});
  if (wanted(state)) {
    fail(turn, FailureClass::Unkillable, "unkillable");
  } else {
    rest(turn, "stopped, but a worker cannot be killed");
  }
}

void fail(Turn& turn, FailureClass failure, const std::string& reason) {
  State& state = turn.state;
  const bool delivered = state.worker->health.progress.has_value();
  open_incident(turn, failure, reason);
  state.worker.reset();
  const RestartDecision decision = decide(state.history, turn.settings, failure, delivered, turn.now);
  switch (decision.kind) {
    case RestartDecision::Kind::Block:
      block(turn, decision.condition, reason);
      break;
    case RestartDecision::Kind::Hold:
      wait(turn, Phase::Hold, turn.now + decision.delay, reason);
      break;
    case RestartDecision::Kind::Retry:
      if (decision.delay == Duration(0)) {
        start_worker(turn, reason, true);
      } else {
        wait(turn, Phase::Backoff, std::max(turn.now + decision.delay, gap_end(turn)), reason);
      }
      break;
  }
}

void finish(Turn& turn, const std::string& reason) {
  State& state = turn.state;
  if (!wanted(state)) {
    rest(turn, reason);
  } else if (state.leaving == FailureClass::StopRequested) {
    state.worker.reset();
    start_worker(turn, reason);
  } else {
    fail(turn, state.leaving, state.reason);
  }
}

void fence(Turn& turn) {
  // Stopping and Killing have fenced already: once in each life.
  if (is_live(turn.state.phase)) act(turn, Fence{turn.state.worker->generation});
}

void open_incident(Turn& turn, FailureClass failure, const std::string& text) {
  if (turn.state.incident) return;
  turn.state.incident = Incident{failure, turn.now};
  act(turn, OpenIncident{failure, text});
}

void close_incident(Turn& turn, bool recovered) {
  State& state = turn.state;
  if (!state.incident) return;
  CloseIncident close;
  if (recovered) {
    close.recovery =
        std::chrono::duration_cast<std::chrono::milliseconds>(turn.now - state.incident->detected);
    state.last_recovery = close.recovery;
  }
  state.incident.reset();
  act(turn, close);
}

void record_exit(Turn& turn, const ExitStatus& status) {
  State& state = turn.state;
  ++state.exits;
  state.exit_codes.push_back(describe_exit(status));
  if (state.exit_codes.size() > State::exit_codes_max) state.exit_codes.pop_front();
}

}  // namespace supervisor
