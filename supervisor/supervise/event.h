// Everything that can happen to a stream's worker, as plain data: the only input of the state machine besides
// the time. The shell makes an event of each exit, message, order and timer; it decides nothing. Pure.
//
// What comes from a worker carries the generation (one worker life). The machine believes an event only of
// its current worker and of the standby beside it; of a former one it uses nothing but the news that it is
// gone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace supervisor {

using Generation = std::uint64_t;

// How a process ended, as waitid(2) says it: exactly one of code and signal is meaningful.
struct ExitStatus {
  int code = 0;
  int signal = 0;  // 0: it exited with `code`
  bool core = false;
  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

// What must hold before a worker can be started at all. Display, monitor and disk are not here: they degrade
// an input or the mirror, the stream runs on with its slate.
enum class Precondition { Binary, Config, Quarantine };

// Orders.
struct OperatorStart {};
struct OperatorStop {};
struct OperatorRestart {};  // planned: never charged to the restart budget
struct OperatorPause {};    // privacy: the slate in place of the picture; everything else goes on
struct OperatorResume {};   // the picture again; not Resume, which is the supervisor's own
struct ConfigChanged {      // a valid configuration was loaded; an invalid one never gets here
  bool restart_needed = false;
};
// A supervisor begins with a state of restore(): goes on with what the former one did. Forgives nothing; a
// wait that is not over goes on.
struct Resume {};
struct ShutDown {};  // the supervisor itself ends: workers stop, `desired` is kept for its successor

// The life of one worker process.
struct Spawned {
  Generation generation = 0;
  int pid = 0;
};
struct SpawnFailed {
  Generation generation = 0;
  int error_number = 0;     // errno of fork or exec
  std::string reason = {};  // with the path that was tried
};
struct Exited {  // reaped, its pipes drained; told once for each process
  Generation generation = 0;
  ExitStatus status;
  std::string bye_reason = {};  // of its last message "bye", when it sent one
  bool out_of_memory = false;   // the kernel's counter says that it was killed for memory
};

// What it says and does. The protocol has checked sender and nonce.
struct HelloReceived {
  Generation generation = 0;
  bool version_ok = true;
};
struct WorkerReady {
  Generation generation = 0;
};
struct HeartbeatReceived {
  Generation generation = 0;
};
struct MediaAdmitted {  // one part of this worker was published: the only progress that counts
  Generation generation = 0;
};
struct QualityChanged {  // slate on air, fallback encoder, input degraded
  Generation generation = 0;
  bool degraded = false;
  std::string reason = {};
};
struct ProtocolBroken {
  Generation generation = 0;
  std::string why = {};
};
struct ExtendAsked {  // it needs longer to deliver its first part, and says so
  Generation generation = 0;
  std::chrono::milliseconds by{0};
};
struct LimitExceeded {  // memory or CPU above limits.* for limits.for_seconds
  Generation generation = 0;
  std::string reason = {};
};
struct ErrorStorm {  // errors.max_errors structured errors in errors.error_window
  Generation generation = 0;
  std::string reason = {};
};
struct EvidenceGathered {  // the answer to GatherEvidence, in the same turn of the loop
  Generation generation = 0;
  bool starved = false;   // it wanted to run and got no CPU: silence is no proof of a hang
  std::string text = {};  // process state, wait channel, CPU used: for the incident
};

// The world around it.
struct PreconditionChanged {
  Precondition condition = Precondition::Binary;
  bool ok = true;
};
struct WorldChanged {  // X is back, a cookie changed, a monitor came, a disk was freed: what failed may work
                       // now
  std::string reason = {};
};
struct Tick {};    // Machine::deadline is reached; one that comes early does nothing
struct LoopLate {  // the supervisor's own loop did not turn for `lateness`; sent before the Tick that it
                   // delayed
  std::chrono::milliseconds lateness{0};
};

using Event =
    std::variant<OperatorStart, OperatorStop, OperatorRestart, OperatorPause, OperatorResume, ConfigChanged,
                 Resume, ShutDown, Spawned, SpawnFailed, Exited, HelloReceived, WorkerReady,
                 HeartbeatReceived, MediaAdmitted, QualityChanged, ProtocolBroken, ExtendAsked, LimitExceeded,
                 ErrorStorm, EvidenceGathered, PreconditionChanged, WorldChanged, Tick, LoopLate>;

inline constexpr std::size_t event_count = std::variant_size_v<Event>;

// The names above, for logs and docs/states.md; `index` as of Event::index().
std::string_view event_name(std::size_t index);

}  // namespace supervisor
