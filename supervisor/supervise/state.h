// The state of one stream's supervision: one enum and its data, a plain value (copy it, keep it, replay it).
// Moved only by Machine::step. Desired and actual are two variables: `desired_up` is what the operator wants,
// `phase` what is.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/time_grid.h"
#include "supervisor/supervise/failure_class.h"
#include "supervisor/supervise/health.h"
#include "supervisor/supervise/restart_policy.h"

namespace supervisor {

enum class Phase {
  Stopped,   // not wanted, no process of ours but those in quarantine
  Starting,  // spawned, waiting for its hello
  Warmup,    // it speaks; waiting for ready and the first part
  Healthy,   // parts are published in time
  Degraded,  // the same, but not the picture or the quality that is wanted
  Stopping,  // asked to end
  Killing,   // SIGKILL sent, waiting for its exit
  Backoff,   // waiting before the next try
  Blocked,   // a known precondition is false
  Hold,      // too many lives without media: waiting long before one trial
};
inline constexpr std::size_t phase_count = 10;

std::string_view phase_name(Phase phase);  // "Stopped", as in docs/states.md
std::string_view published_state(
    Phase phase);  // "stopped", as in the API: Warmup is starting, Killing is stopping

// The one process that may publish. Exists exactly in the phases Starting to Killing.
struct Worker {
  Generation generation = 0;
  int pid = 0;  // 0: not confirmed yet
  bool ready = false;
  Health health = {};
  std::optional<common::MonoTime> stable_due =
      {};  // a part from then on proves stability; nothing once proved
  std::optional<common::MonoTime> kill_again = {};  // Killing
};

struct Incident {
  FailureClass failure = FailureClass::Crash;
  common::MonoTime detected{};
};

struct State {
  Phase phase = Phase::Stopped;
  common::MonoTime phase_since{};
  std::string reason;  // why it is in this phase, in words

  bool desired_up = false;
  bool shutting_down = false;

  Generation generation = 0;  // the newest ever given
  std::optional<Worker> worker;
  FailureClass leaving = FailureClass::StopRequested;  // Stopping, Killing: why
  Precondition blocked_by = Precondition::Binary;      // Blocked
  std::vector<Precondition> unmet;                     // preconditions known to be false; never Quarantine
  std::vector<Generation> quarantine;                  // killed, not gone

  std::optional<common::MonoTime> due;  // of the phase itself: timeout, next try
  std::optional<common::MonoTime> last_spawn;

  RestartHistory history;
  std::optional<Incident> incident;
  std::uint64_t spawns = 0;  // confirmed, exits consumed: counted apart
  std::uint64_t exits = 0;
  std::deque<std::string> exit_codes;  // last 10, newest last
  std::optional<std::chrono::milliseconds> last_recovery;

  static constexpr std::size_t exit_codes_max = 10;
};

// It should have a worker: wanted, and the supervisor goes on.
inline bool wanted(const State& state) {
  return state.desired_up && !state.shutting_down;
}

}  // namespace supervisor
