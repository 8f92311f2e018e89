// Workers that are not current any more: asked, killed, killed again, and left behind at last, each by its
// own clock, while the stream goes on.
#include <algorithm>

#include "supervisor/supervise/turn.h"

namespace supervisor {
namespace {

using common::MonoTime;

void kill(Turn& turn, Retiring& one) {
  if (!one.killing) tell_incident(turn, NoteIncident::Step::Killed, one.generation);
  one.killing = true;
  one.kill_again = turn.now + turn.settings.kill_repeat;
  act(turn, Signal{one.generation, Signal::Kind::Kill});
}

void ask(Turn& turn, Generation generation) {
  act(turn, SendQuit{generation});
  act(turn, Signal{generation, Signal::Kind::Term});
  act(turn, Signal{generation, Signal::Kind::Cont});
}

void leave_behind(Turn& turn, Generation generation) {
  auto& held = turn.state.quarantine;
  held.insert(std::upper_bound(held.begin(), held.end(), generation), generation);
  act(turn, Quarantine{generation});
  tell_incident(turn, NoteIncident::Step::Quarantined, generation);
}

// False: it is left behind.
bool climb(Turn& turn, Retiring& one) {
  if (one.killing && turn.now >= one.kill_again) kill(turn, one);
  if (turn.now < one.due) return true;
  if (turn.now - one.due > turn.settings.late_loop && !one.excused) {
    one.excused = true;
    one.due = turn.now + turn.settings.heartbeat_timeout;
    return true;
  }
  if (one.killing) {
    leave_behind(turn, one.generation);
    return false;
  }
  kill(turn, one);
  one.due = turn.now + turn.settings.kill_timeout;
  return true;
}

bool is_end(const Event& event) {
  return std::holds_alternative<Exited>(event) || std::holds_alternative<SpawnFailed>(event);
}

void note_end(Turn& turn, const Event& event, Generation generation) {
  const Exited* exited = std::get_if<Exited>(&event);
  if (exited == nullptr) return;
  record_exit(turn, exited->status);
  tell_incident(turn, NoteIncident::Step::Reaped, generation, describe_exit(exited->status));
}

// Its process appears only now: what it was told before went to nobody.
void confirm_retiring(Turn& turn, Retiring& one, int pid) {
  if (one.pid != 0) return;
  one.pid = pid;
  if (one.killing) {
    kill(turn, one);
  } else {
    ask(turn, one.generation);
  }
}

}  // namespace

std::size_t others_max(const SupervisionSettings& settings) {
  return static_cast<std::size_t>(std::max({settings.quarantine_max, settings.retiring_max, 0}));
}

bool room_for_worker(const SupervisionSettings& settings, const State& state) {
  return static_cast<int>(state.quarantine.size()) <= settings.quarantine_max &&
         state.quarantine.size() + state.retiring.size() <= others_max(settings);
}

bool room_for_standby(const SupervisionSettings& settings, const State& state) {
  return state.unmet.empty() && room_for_worker(settings, state) &&
         static_cast<int>(state.retiring.size()) < settings.retiring_max &&
         state.quarantine.size() + state.retiring.size() + 1 <= others_max(settings);
}

MonoTime gap_end(const SupervisionSettings& settings, const State& state, MonoTime now) {
  return state.last_spawn ? *state.last_spawn + settings.spawn_gap : now;
}

void retire(Turn& turn, Generation generation, int pid, Ladder ladder,
            SupervisionSettings::Duration patience) {
  if (ladder == Ladder::Gone) return;
  Retiring one{.generation = generation, .pid = pid, .due = turn.now + patience};
  if (ladder == Ladder::Kill) {
    one.due = turn.now + turn.settings.kill_timeout;
    kill(turn, one);
  } else {
    ask(turn, generation);
  }
  turn.state.retiring.push_back(one);
}

void settle_former(Turn& turn, const Event& event, Generation generation) {
  State& state = turn.state;
  const auto one = std::find_if(state.retiring.begin(), state.retiring.end(),
                                [generation](const Retiring& r) { return r.generation == generation; });
  if (one != state.retiring.end()) {
    if (const Spawned* spawned = std::get_if<Spawned>(&event)) {
      confirm_retiring(turn, *one, spawned->pid);
    } else if (is_end(event)) {
      note_end(turn, event, generation);
      state.retiring.erase(one);
    }
    return;
  }
  const auto held = std::find(state.quarantine.begin(), state.quarantine.end(), generation);
  if (held == state.quarantine.end()) return;
  if (std::holds_alternative<Spawned>(event)) {
    act(turn, Signal{generation, Signal::Kind::Kill});
  } else if (is_end(event)) {
    note_end(turn, event, generation);
    state.quarantine.erase(held);
    act(turn, LogState{"the worker of generation " + std::to_string(generation) + " is gone at last"});
  }
}

void tick_retiring(Turn& turn) {
  std::erase_if(turn.state.retiring, [&turn](Retiring& one) { return !climb(turn, one); });
}

}  // namespace supervisor
