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
  bool standby = false;           // parked after ready, until Activate or TakeOver names it
  bool software_encoder = false;  // leave the hardware out of the chain
  bool reduced = false;           // as little memory and CPU as the init segment allows
  bool paused = false;            // it shows the slate until SetPaused says otherwise
};
struct SendQuit {  // the command "quit"
  Generation generation = 0;
};
struct Signal {  // to the process and its whole group
  enum class Kind { Term, Kill, Cont };
  Generation generation = 0;
  Kind kind = Kind::Term;
};
// Let it publish, from where the published timeline ends. Emitted when the current worker says ready; and
// when a standby that is ready (or taking over) is promoted: in the same step, after the Fence of the failed
// one. A standby promoted before it was ready gets it with its WorkerReady.
struct Activate {
  Generation generation = 0;
};
// A planned change of workers: `generation`, which is ready, opens at the next boundary of a segment; the
// current worker delivers up to there and stays until the new one has delivered. Emitted at most once in a
// life. Its first MediaAdmitted makes it the current worker: Fence, quit, Term, Cont of the old one follow.
struct TakeOver {
  Generation generation = 0;
};
// The planned change failed: the current worker goes on (it is told to open anew if it lost its place).
// Follows a TakeOver of the same generation, before its Fence. Not emitted when the current worker fails
// meanwhile (then Activate follows) or is stopped.
struct CancelTakeOver {
  Generation generation = 0;
};
// Every process is told, and nothing of the stream but the slate is published from now on; or the picture
// again. Exactly when State::paused changes.
struct SetPaused {
  bool paused = false;
};
struct GatherEvidence {  // of the worker or the standby; answered at once by EvidenceGathered
  Generation generation = 0;
};
// Nothing of this generation is published any more; exactly once in each life, of a standby too. Before any
// signal of its end, and before the Activate of its successor.
struct Fence {
  Generation generation = 0;
};
struct Quarantine {  // SIGKILL did not end it: keep waiting for its exit, keep its descriptors out of every
                     // use, alert
  Generation generation = 0;
};
struct LogState {  // one line for each change of state
  std::string text;
};
// Viewers lost their worker, or it is replaced for its own fault (resource_limit, error_storm). At most one
// is open.
struct OpenIncident {
  FailureClass failure = FailureClass::Crash;
  Generation generation = 0;  // that failed
  std::string text;
  std::string evidence = {};  // of a hang: what EvidenceGathered said
};
// What became of the open incident; told once for each step of a generation. Killed: SIGKILL was sent.
// Reaped: its exit came. Spawned: the process of a worker or standby exists. Promoted: a standby is the
// worker now. Delayed: the next try waits, `text` says how long. Quarantined: SIGKILL did not end it.
struct NoteIncident {
  enum class Step { Killed, Reaped, Spawned, Promoted, Delayed, Quarantined };
  Step step = Step::Killed;
  Generation generation = 0;
  std::string text = {};
};
struct CloseIncident {
  // Detected -> first part of the new worker; nothing: it ended because the stream was stopped.
  std::optional<std::chrono::milliseconds> recovery;
};

using Action =
    std::variant<Spawn, SendQuit, Signal, Activate, TakeOver, CancelTakeOver, SetPaused, GatherEvidence,
                 Fence, Quarantine, LogState, OpenIncident, NoteIncident, CloseIncident>;

}  // namespace supervisor
