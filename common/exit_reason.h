// How a worker ends. The numbers follow sysexits(3); each names one failure class of supervision, so that an
// exit status alone tells the supervisor what to do. Pure.
#pragma once

#include <string_view>

namespace common {

enum class ExitReason : int {
  Ok = 0,         // asked to quit
  Usage = 64,     // arguments of another version: class config
  Input = 69,     // no input could be opened and the slate is not allowed: class input
  Software = 70,  // a bug: class crash
  Encoder = 71,   // no encoder of the chain works, or the running one failed: class encoder
  Memory = 73,    // out of memory in this process: class oom
  Output = 74,    // the media socket failed: class disk (output)
  Protocol = 76,  // a command that cannot be understood: class protocol
  Config = 78,    // settings that cannot work: class config
};

// Stable lower-case name, as in the message "bye" and in the API; "unknown" for any other number.
std::string_view exit_reason_name(int code);

}  // namespace common
