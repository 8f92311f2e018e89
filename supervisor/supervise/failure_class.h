// Why a worker's life ended, in one word: every strategy of the restart policy hangs on it, and every
// incident is named by it. Exit numbers follow common/exit_reason.h. Pure.
#pragma once

#include <string>
#include <string_view>

#include "supervisor/supervise/event.h"

namespace supervisor {

enum class FailureClass {
  StopRequested,   // we asked for it: no failure
  CleanExit,       // exit 0 that nobody asked for
  Crash,           // a signal that is not ours, exit 70, or a number nobody knows
  OutOfMemory,     // killed by the kernel for memory
  Hang,            // no sign of life
  Stall,           // alive, but nothing is published any more
  StartupTimeout,  // did not start, speak or deliver in time
  ExecFatal,       // the binary is missing or cannot be executed
  ExecTransient,   // no memory, descriptors or processes just now
  Version,         // the binary speaks another version of the protocol
  Config,          // the worker refuses its settings
  Encoder,
  Input,
  Disk,      // its output failed
  Protocol,  // it says what no worker says
  Unkillable,
  ResourceLimit,  // above limits.* for too long
  ErrorStorm,     // too many structured errors
  // These never end a life: the input is degraded, the slate is on air. They have a strategy and incidents of
  // their own.
  DisplayLost,
  DisplayAuth,
  Geometry,
};
inline constexpr std::size_t failure_class_count = static_cast<std::size_t>(FailureClass::Geometry) + 1;

// Stable lower-case name, as in incidents and in `restart.strategies`.
std::string_view failure_class_name(FailureClass failure);

// The class of an exit that the machine did not cause. The number decides; `bye_reason` only where the number
// says nothing.
FailureClass classify(const Exited& exited);
FailureClass classify_spawn_error(int error_number);

// "0", "71 encoder", "signal 9": as shown in exit_codes.
std::string describe_exit(const ExitStatus& status);

}  // namespace supervisor
