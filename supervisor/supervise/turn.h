// The inside of Machine::step, for the files of this room only: one step in progress, the moves that every
// cell of the transition table is made of, and the cells. Pure.
//
// A move changes the state and appends the actions that make the change true. A cell is what one event does
// in one phase (or several); machine.cpp holds the table of them.
#pragma once

#include <string>
#include <vector>

#include "supervisor/supervise/action.h"
#include "supervisor/supervise/settings.h"
#include "supervisor/supervise/state.h"

namespace supervisor {

struct Turn {
  const SupervisionSettings& settings;
  State& state;
  common::MonoTime now;
  std::vector<Action> actions = {};
};

// --- moves (moves.cpp) ---

// The one place where a worker starts. Ends in Starting, or where the reason for not starting puts it:
// Stopped (not wanted), Blocked (a precondition), Backoff (spawn_gap; not for `at_once`).
void start_worker(Turn& turn, const std::string& reason, bool at_once = false);
// The same for a stream that is blocked and tries whether it still is: believes no precondition but
// quarantine.
void try_blocked(Turn& turn, const std::string& reason);
// Live -> Stopping: quit, SIGTERM; SIGKILL after `patience`.
void stop_worker(Turn& turn, FailureClass why, SupervisionSettings::Duration patience,
                 const std::string& reason);
// Live, Stopping -> Killing.
void kill_worker(Turn& turn, FailureClass why, const std::string& reason);
// Killing: SIGKILL did not help; goes on without it.
void quarantine_worker(Turn& turn);
// The current worker is gone and nobody asked for it: Backoff, Blocked, Hold or the next worker at once.
void fail(Turn& turn, FailureClass failure, const std::string& reason);
// The current worker is gone as Stopping or Killing wanted: Stopped, the next worker, or fail().
void finish(Turn& turn, const std::string& reason);
// No worker and none wanted.
void rest(Turn& turn, const std::string& reason);
// Another phase with the same worker.
void enter(Turn& turn, Phase phase, const std::string& reason);

void act(Turn& turn, Action action);
void fence(Turn& turn);
void open_incident(Turn& turn, FailureClass failure, const std::string& text);
void close_incident(Turn& turn, bool recovered);
void record_exit(Turn& turn, const ExitStatus& status);

// --- cells ---

using Cell = void (*)(Turn&, const Event&);

void keep(Turn& turn, const Event& event);  // nothing happens

// Orders and the world (orders.cpp).
void start(Turn& turn, const Event& event);         // wanted, history forgiven, start now
void want(Turn& turn, const Event& event);          // wanted; a worker is there, or its end decides
void unwant(Turn& turn, const Event& event);        // not wanted; the worker is ending already
void end_worker(Turn& turn, const Event& event);    // not wanted: stop the worker
void end_waiting(Turn& turn, const Event& event);   // not wanted: stop waiting
void replace(Turn& turn, const Event& event);       // planned restart
void new_config(Turn& turn, const Event& event);    // the old one's fault is no precondition any more
void reconfigure(Turn& turn, const Event& event);   // planned restart, if the configuration needs one
void retry_config(Turn& turn, const Event& event);  // try with the new configuration
void shut_mark(Turn& turn, const Event& event);     // never start again
void shut_worker(Turn& turn, const Event& event);   // and stop the worker
void shut_waiting(Turn& turn, const Event& event);  // and stop waiting
void note(Turn& turn, const Event& event);          // remember it
void meet(Turn& turn, const Event& event);          // remember it; try when it became true

// The worker's life (life.cpp).
void confirm(Turn& turn, const Event& event);      // the process exists
void confirm_end(Turn& turn, const Event& event);  // it exists only now: ask or kill again
void not_started(Turn& turn, const Event& event);
void died(Turn& turn, const Event& event);   // nobody asked for it
void ended(Turn& turn, const Event& event);  // as wanted
void greet(Turn& turn, const Event& event);  // hello
void activate(Turn& turn, const Event& event);
void beat(Turn& turn, const Event& event);
void first_part(Turn& turn, const Event& event);
void progress(Turn& turn, const Event& event);  // and what it proves: stability, quality
void quality(Turn& turn, const Event& event);
void break_off(Turn& turn, const Event& event);  // it broke the protocol

// Time (timers.cpp).
void startup_late(Turn& turn, const Event& event);
void check(Turn& turn, const Event& event);  // hang, stall
void stop_late(Turn& turn, const Event& event);
void kill_late(Turn& turn, const Event& event);
void try_again(Turn& turn, const Event& event);
void extend(Turn& turn, const Event& event);  // own lateness while it starts
void grant(Turn& turn, const Event& event);   // own lateness while it runs

}  // namespace supervisor
