// What the machine's state means to people and programs: the supervision part of a StreamSnapshot. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "supervisor/supervise/state.h"

namespace supervisor {

struct Description {
  std::string state;         // stopped starting healthy degraded paused stopping backoff blocked hold
  std::string reason;        // why, in words; empty when healthy
  double state_seconds = 0;  // since the last change of it
  bool desired_up = false;
  bool paused = false;  // wanted by the operator, whatever the state
  Generation generation = 0;
  int worker_pid = 0;               // 0: none
  std::uint64_t restart_count = 0;  // workers after the first one; a failed start or a parked standby is none
  std::vector<std::string> exit_codes;
  std::string last_exit;
  std::optional<std::int64_t> last_recovery_ms;
  std::optional<std::int64_t> next_retry_ms;  // backoff, blocked, hold
  int standby_pid = 0;                        // 0: none
  std::string standby;                 // off starting ready taking_over; "waiting" when one is still to come
  std::string planned;                 // why the worker is being replaced beside itself; empty: it is not
  std::vector<Generation> retiring;    // fenced and being ended
  std::vector<Generation> quarantine;  // workers that SIGKILL did not end
};

Description describe(const State& state, common::MonoTime now);

}  // namespace supervisor
