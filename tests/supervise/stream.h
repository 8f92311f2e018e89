// One stream under test: a machine, its state and a clock that stands still until the test moves it. After
// every event the invariants are checked. A test reads: let this happen, expect that.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "supervisor/supervise/describe.h"
#include "supervisor/supervise/invariants.h"
#include "supervisor/supervise/machine.h"

namespace supervisor {

using namespace std::chrono_literals;
using Milliseconds = std::chrono::milliseconds;

// "spawn 2", "kill 1": an action as one short word and its generation, for comparisons and docs/states.md.
std::string text_of(const Action& action);
// Without the log lines and the notes of incidents, joined by ", ".
std::string text_of(const std::vector<Action>& actions);

class Stream {
 public:
  explicit Stream(SupervisionSettings settings = {}, std::uint64_t seed = 1);

  // Lets `event` happen now. The actions are kept in last() and added to all(). A question for evidence is
  // answered at once, as the shell does: last() is then what the answer led to.
  Stream& on(const Event& event);
  // Time passes; every deadline on the way is handled, nobody says anything.
  Stream& pass(Milliseconds time);
  // Time passes until the machine's next deadline, which is handled.
  Stream& pass_deadline();
  // Time passes while worker and standby beat and the worker delivers every 200 ms.
  Stream& deliver(Milliseconds time);

  // Orders and the current worker's life, in short. Each waits as little as possible.
  Stream& start() { return on(OperatorStart{}); }
  Stream& stop() { return on(OperatorStop{}); }
  Stream& spawned() { return on(Spawned{generation(), 1000 + static_cast<int>(generation())}); }
  Stream& hello() { return on(HelloReceived{generation()}); }
  Stream& ready() { return on(WorkerReady{generation()}); }
  Stream& part() { return on(MediaAdmitted{generation()}); }
  Stream& exit_code(int code) { return on(Exited{generation(), {.code = code}}); }
  Stream& killed_by(int signal) { return on(Exited{generation(), {.signal = signal}}); }
  // From Starting to Healthy.
  Stream& come_up() { return spawned().hello().ready().part(); }
  Stream& prove_stable() { return deliver(machine.settings.stable_after + 1s); }

  // The standby's life: from its spawn to ready, and what it does.
  Generation standby() const { return state.standby.value().generation; }
  Stream& park() {
    const Generation g = standby();
    return on(Spawned{g, 1000 + static_cast<int>(g)}).on(HelloReceived{g}).on(WorkerReady{g});
  }
  // Time passes, all goes well, until the next standby is spawned; at most an hour.
  Stream& await_standby();
  // Healthy, stable, with a standby of the next generation that is ready.
  Stream& come_up_with_standby();

  Generation generation() const { return state.worker ? state.worker->generation : state.generation; }
  Phase phase() const { return state.phase; }
  Description description() const { return describe(state, now); }
  Milliseconds until_deadline() const;
  const std::string& last() const { return last_; }
  const std::vector<Action>& all() const { return all_; }
  // How many actions of this kind there were.
  template <typename Kind>
  int count() const {
    int found = 0;
    for (const Action& action : all_) found += std::holds_alternative<Kind>(action) ? 1 : 0;
    return found;
  }

  // The notes of incidents so far: "reaped 1, promoted 2".
  std::string notes() const;

  bool answers = true;   // questions for evidence
  bool starved = false;  // what the answer says
  Machine machine;
  common::MonoTime now{1000h};
  State state;

 private:
  std::string last_;
  std::vector<Action> all_;
};

std::ostream& operator<<(std::ostream& out, Phase phase);

}  // namespace supervisor
