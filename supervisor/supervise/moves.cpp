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

// All conditions hold; only the distance to the last spawn may still keep it back.
void launch(Turn& turn, const std::string& reason, bool at_once) {
  State& state = turn.state;
  const common::MonoTime earliest = gap_end(turn.settings, state, turn.now);
  if (!at_once && turn.now < earliest) {
    wait(turn, Phase::Backoff, earliest, reason);
    return;
  }
  state.worker = Worker{
      .generation = ++state.generation, .software_encoder = state.software_encoder, .reduced = state.reduced};
  state.last_spawn = turn.now;
  act(turn, Spawn{.generation = state.generation,
                  .software_encoder = state.software_encoder,
                  .reduced = state.reduced,
                  .paused = state.paused});
  wait(turn, Phase::Starting, turn.now + turn.settings.exec_timeout, reason);
}

// A wait of the open incident, in words.
void tell_delay(Turn& turn, Generation generation) {
  const State& state = turn.state;
  if (state.worker || !state.due) return;
  const auto left = std::chrono::duration_cast<Duration>(*state.due - turn.now);
  tell_incident(turn, NoteIncident::Step::Delayed, generation,
                std::string(published_state(state.phase)) + ": " + std::to_string(left.count()) + " ms");
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
  enter(turn, turn.state.retiring.empty() ? Phase::Stopped : Phase::Stopping, reason);
}

void start_worker(Turn& turn, const std::string& reason, bool at_once) {
  const State& state = turn.state;
  if (!wanted(state)) {
    rest(turn, reason);
  } else if (!room_for_worker(turn.settings, state)) {
    block(turn, Precondition::Quarantine, std::string(condition_text(Precondition::Quarantine)));
  } else if (!state.unmet.empty()) {
    block(turn, state.unmet.front(), std::string(condition_text(state.unmet.front())));
  } else {
    launch(turn, reason, at_once);
  }
}

void try_blocked(Turn& turn, const std::string& reason) {
  if (!room_for_worker(turn.settings, turn.state)) {
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
  drop_standby(turn, false);
  end_plan(turn.state);
}

void kill_worker(Turn& turn, FailureClass why, const std::string& reason) {
  State& state = turn.state;
  fence(turn);
  state.leaving = why;
  state.worker->kill_again = turn.now + turn.settings.kill_repeat;
  act(turn, Signal{state.worker->generation, Signal::Kind::Kill});
  tell_incident(turn, NoteIncident::Step::Killed, state.worker->generation);
  wait(turn, Phase::Killing, turn.now + turn.settings.kill_timeout, reason);
  drop_standby(turn, false);
  end_plan(state);
}

void quarantine_worker(Turn& turn) {
  State& state = turn.state;
  const Generation generation = state.worker->generation;
  state.quarantine.insert(std::upper_bound(state.quarantine.begin(), state.quarantine.end(), generation),
                          generation);
  act(turn, Quarantine{generation});
  if (wanted(state)) {
    tell_incident(turn, NoteIncident::Step::Quarantined, generation);
    fail(turn, FailureClass::Unkillable, "unkillable");
  } else {
    rest(turn, "stopped, but a worker cannot be killed");
  }
}

void lose_worker(Turn& turn, FailureClass why, Ladder ladder, const std::string& reason,
                 const std::string& evidence) {
  State& state = turn.state;
  open_incident(turn, why, reason, evidence);
  if (static_cast<int>(state.retiring.size()) < turn.settings.retiring_max) {
    fence(turn);
    retire(turn, state.worker->generation, state.worker->pid, ladder, turn.settings.stall_grace);
    fail(turn, why, reason);
  } else if (ladder == Ladder::Kill) {
    kill_worker(turn, why, reason);
  } else {
    stop_worker(turn, why, turn.settings.stall_grace, reason);
  }
}

void fail(Turn& turn, FailureClass failure, const std::string& reason) {
  State& state = turn.state;
  const Generation generation = state.worker->generation;
  const bool delivered = state.worker->health.progress.has_value();
  open_incident(turn, failure, reason);
  const RestartDecision decision = decide(state.history, turn.settings, failure, delivered, turn.now);
  const bool other_encoder = adapt(state, turn.settings, decision, turn.now);
  if (may_promote(state, failure)) {
    const bool blocked = decision.kind == RestartDecision::Kind::Block;
    promote(turn, blocked ? turn.settings.blocked_retry : decision.delay, reason);
    return;
  }
  state.worker.reset();
  drop_standby(turn, false);
  end_plan(state);
  if (decision.kind == RestartDecision::Kind::Block) {
    block(turn, decision.condition, reason);
  } else if (decision.kind == RestartDecision::Kind::Hold) {
    wait(turn, Phase::Hold, turn.now + decision.delay, reason);
  } else if (other_encoder && failure == FailureClass::Encoder) {
    start_worker(turn, reason);
  } else if (decision.delay == Duration(0)) {
    // What cannot even be spawned would fail again within the same turn of the loop.
    start_worker(turn, reason, failure != FailureClass::ExecTransient);
  } else {
    wait(turn, Phase::Backoff, std::max(turn.now + decision.delay, gap_end(turn.settings, state, turn.now)),
         reason);
  }
  tell_delay(turn, generation);
}

bool adapt(State& state, const SupervisionSettings& settings, const RestartDecision& decision,
           common::MonoTime now) {
  state.reduced |= decision.reduced;
  if (!decision.software_encoder || state.software_encoder) return false;
  state.software_encoder = true;
  Duration wait = settings.encoder_retry;
  for (int i = 0; i < state.hardware_failures && wait < settings.encoder_retry_max; ++i) wait *= 2;
  state.hardware_due = now + std::min(wait, settings.encoder_retry_max);
  state.hardware_failures = std::min(state.hardware_failures + 1, 64);
  return true;
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

void open_incident(Turn& turn, FailureClass failure, const std::string& text, const std::string& evidence) {
  if (turn.state.incident) return;
  turn.state.incident = Incident{failure, turn.now};
  const Generation generation = turn.state.worker ? turn.state.worker->generation : 0;
  act(turn, OpenIncident{failure, generation, text, evidence});
}

void tell_incident(Turn& turn, NoteIncident::Step step, Generation generation, const std::string& text) {
  if (turn.state.incident) act(turn, NoteIncident{step, generation, text});
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
  if (state.exit_codes.size() > State::exit_codes_max) state.exit_codes.erase(state.exit_codes.begin());
}

std::string why_gone(FailureClass failure, const ExitStatus& status) {
  const std::string end = status.signal != 0 ? describe_exit(status) : "exit " + std::to_string(status.code);
  return std::string(failure_class_name(failure)) + ": " + end;
}

Duration extension(const SupervisionSettings& settings, Duration used, Duration asked) {
  return std::clamp(asked, Duration(0), std::max(settings.extend_max - used, Duration(0)));
}

bool is_due(const Turn& turn, const std::optional<common::MonoTime>& due) {
  return due && turn.now >= *due;
}

}  // namespace supervisor
