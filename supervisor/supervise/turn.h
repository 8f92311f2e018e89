// The inside of Machine::step, for the files of this room only: one step in progress, the moves that every
// cell of the transition table is made of, and the cells. Pure.
//
// A move changes the state and appends the actions that make the change true. A cell is what one event does
// in one phase (or several); machine.cpp holds the table of them.
#pragma once

#include <string>
#include <vector>

#include "supervisor/supervise/action.h"
#include "supervisor/supervise/restart_policy.h"
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
// Live -> Stopping: quit, SIGTERM; SIGKILL after `patience`. A standby ends too.
void stop_worker(Turn& turn, FailureClass why, SupervisionSettings::Duration patience,
                 const std::string& reason);
// Live, Stopping -> Killing.
void kill_worker(Turn& turn, FailureClass why, const std::string& reason);
// Killing: SIGKILL did not help; goes on without it.
void quarantine_worker(Turn& turn);
// A live worker has failed and is still there: it is fenced and ended beside its successor, or before it when
// too many are being ended.
enum class Ladder { Gone, Ask, Kill };  // its process is gone; quit, Term, Cont, later Kill; Kill at once
void lose_worker(Turn& turn, FailureClass why, Ladder ladder, const std::string& reason,
                 const std::string& evidence = {});
// The current worker is gone or fenced, and nobody asked for it: the standby, Backoff, Blocked, Hold or the
// next worker at once.
void fail(Turn& turn, FailureClass failure, const std::string& reason);
// The current worker is gone as Stopping or Killing wanted: Stopped, the next worker, or fail().
void finish(Turn& turn, const std::string& reason);
// No worker and none wanted: Stopped, or Stopping while retiring ones live.
void rest(Turn& turn, const std::string& reason);
// Another phase with the same worker.
void enter(Turn& turn, Phase phase, const std::string& reason);

void act(Turn& turn, Action action);
void fence(Turn& turn);
void open_incident(Turn& turn, FailureClass failure, const std::string& text,
                   const std::string& evidence = {});
void tell_incident(Turn& turn, NoteIncident::Step step, Generation generation, const std::string& text = {});
void close_incident(Turn& turn, bool recovered);
void record_exit(Turn& turn, const ExitStatus& status);
// What a class's limit changes for the next workers. True: it leaves the hardware encoder only now.
bool adapt(State& state, const SupervisionSettings& settings, const RestartDecision& decision,
           common::MonoTime now);
std::string why_gone(FailureClass failure, const ExitStatus& status);
// Of what is asked for, as much as extend_max still allows in this life.
SupervisionSettings::Duration extension(const SupervisionSettings& settings,
                                        SupervisionSettings::Duration used,
                                        SupervisionSettings::Duration asked);
// Whoever was late itself may not call the worker late: the evidence may lie unread. True: the grace runs.
bool excuses(const Turn& turn, Health& health, common::MonoTime due);
bool is_due(const Turn& turn, const std::optional<common::MonoTime>& due);

// --- room for processes (retiring.cpp) ---

// Beside the newest one: in quarantine and retiring together.
std::size_t others_max(const SupervisionSettings& settings);
bool room_for_worker(const SupervisionSettings& settings, const State& state);
// So that each of worker and standby could still be left behind.
bool room_for_standby(const SupervisionSettings& settings, const State& state);
common::MonoTime gap_end(const SupervisionSettings& settings, const State& state, common::MonoTime now);

// --- those that are being ended (retiring.cpp) ---

void retire(Turn& turn, Generation generation, int pid, Ladder ladder,
            SupervisionSettings::Duration patience);
// An event of one of them, or of one in quarantine; of nobody: nothing.
void settle_former(Turn& turn, const Event& event, Generation generation);
void tick_retiring(Turn& turn);

// --- the standby (standby.cpp) ---

void standby_event(Turn& turn, const Event& event);
void tick_standby(Turn& turn);
void excuse_standby(Turn& turn, const LoopLate& late);
// It is not wanted any more: no failure.
void drop_standby(Turn& turn, bool worker_goes_on);
bool may_promote(const State& state, FailureClass failure);
void become_worker(Turn& turn);  // only who is who
// It becomes the worker, whatever its stage, after a failure; `delay`: before the next standby.
void promote(Turn& turn, SupervisionSettings::Duration delay, const std::string& reason);

// --- planned replacement, and what follows from every step (planned.cpp) ---

void plan(Turn& turn, PlannedKind kind, const std::string& why);
void end_plan(State& state);
// The standby, which takes over, has delivered: it is the worker.
void complete_take_over(Turn& turn);
// What the state as it is now asks for: a standby, a take-over, the end of Stopping.
void tend(Turn& turn);
// When tend has something to do by itself.
std::optional<common::MonoTime> tend_due(const SupervisionSettings& settings, const State& state);

// --- cells ---

using Cell = void (*)(Turn&, const Event&);

void keep(Turn& turn, const Event& event);  // nothing happens

// Orders and the world (orders.cpp).
void start(Turn& turn, const Event& event);          // wanted, history forgiven, start now
void want(Turn& turn, const Event& event);           // wanted; a worker is there, or its end decides
void unwant(Turn& turn, const Event& event);         // not wanted; the worker is ending already
void end_worker(Turn& turn, const Event& event);     // not wanted: stop the worker
void end_waiting(Turn& turn, const Event& event);    // not wanted: stop waiting
void replace(Turn& turn, const Event& event);        // planned restart
void pause(Turn& turn, const Event& event);          // the slate in place of the picture
void show_again(Turn& turn, const Event& event);     // the picture again
void new_config(Turn& turn, const Event& event);     // the old one's fault is no precondition any more
void reconfigure(Turn& turn, const Event& event);    // planned restart, if the configuration needs one
void retry_config(Turn& turn, const Event& event);   // try with the new configuration
void go_on(Turn& turn, const Event& event);          // after a restart of the supervisor: if the wait is over
void shut_mark(Turn& turn, const Event& event);      // never start again
void shut_worker(Turn& turn, const Event& event);    // and stop the worker
void shut_waiting(Turn& turn, const Event& event);   // and stop waiting
void note(Turn& turn, const Event& event);           // remember it
void meet(Turn& turn, const Event& event);           // remember it; try when it became true
void retry(Turn& turn, const Event& event);          // the world changed: try now
void replace_later(Turn& turn, const Event& event);  // planned restart, beside the worker
void reconfigure_later(Turn& turn, const Event& event);  // the same, if the configuration needs one

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
void allow(Turn& turn, const Event& event);      // it asks for more time to start
void exceed(Turn& turn, const Event& event);  // above its limits, or too many errors: replaced beside itself
void evidence(Turn& turn, const Event& event);  // hang or starvation

// Time (timers.cpp).
void startup_late(Turn& turn, const Event& event);
void check(Turn& turn, const Event& event);  // hang, stall
void stop_late(Turn& turn, const Event& event);
void kill_late(Turn& turn, const Event& event);
void try_again(Turn& turn, const Event& event);
void extend(Turn& turn, const Event& event);  // own lateness while it starts
void grant(Turn& turn, const Event& event);   // own lateness while it runs

}  // namespace supervisor
