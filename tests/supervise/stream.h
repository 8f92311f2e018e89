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
// Without the log lines, joined by ", ".
std::string text_of(const std::vector<Action>& actions);

class Stream {
 public:
  explicit Stream(SupervisionSettings settings = {}, std::uint64_t seed = 1);

  // Lets `event` happen now. The actions are kept in last() and added to all().
  Stream& on(const Event& event);
  // Time passes; every deadline on the way is handled, nobody says anything.
  Stream& pass(Milliseconds time);
  // Time passes until the machine's next deadline, which is handled.
  Stream& pass_deadline();
  // Time passes while the worker beats and delivers every 200 ms.
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

  Generation generation() const { return state.generation; }
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

  Machine machine;
  common::MonoTime now{1000h};
  State state;

 private:
  std::string last_;
  std::vector<Action> all_;
};

std::ostream& operator<<(std::ostream& out, Phase phase);

}  // namespace supervisor
