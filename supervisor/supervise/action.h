// What the machine wants done: the shell performs the list in order, none of it blocks, none of it answers;
// what comes of it returns as events. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "supervisor/supervise/failure_class.h"

namespace supervisor {

struct Spawn {  // answered by Spawned or SpawnFailed
  Generation generation = 0;
};
struct SendQuit {  // the command "quit"
  Generation generation = 0;
};
struct Signal {  // to the process and its whole group
  enum class Kind { Term, Kill, Cont };
  Generation generation = 0;
  Kind kind = Kind::Term;
};
struct Activate {  // let it publish, from where the published timeline ends
  Generation generation = 0;
};
struct Fence {  // nothing of this generation is published any more; exactly once in each life
  Generation generation = 0;
};
struct Quarantine {  // SIGKILL did not end it: keep waiting for its exit, keep its descriptors out of every
                     // use, alert
  Generation generation = 0;
};
struct LogState {  // one line for each change of state
  std::string text;
};
struct OpenIncident {  // viewers lost their worker; at most one is open
  FailureClass failure = FailureClass::Crash;
  std::string text;
};
struct CloseIncident {
  // Detected -> first part of the new worker; nothing: it ended because the stream was stopped.
  std::optional<std::chrono::milliseconds> recovery;
};

using Action =
    std::variant<Spawn, SendQuit, Signal, Activate, Fence, Quarantine, LogState, OpenIncident, CloseIncident>;

}  // namespace supervisor
