// The state of one stream's supervision: one enum and its data, a plain value (copy it, keep it, replay it).
// Moved only by Machine::step. Desired and actual are two variables: `desired_up` is what the operator wants,
// `phase` what is.
#pragma once

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
  Stopped,   // not wanted, no process of ours but those in quarantine (also none that is retiring)
  Starting,  // spawned, waiting for its hello
  Warmup,    // it speaks; waiting for ready and the first part
  Healthy,   // parts are published in time
  Degraded,  // the same, but not the picture or the quality that is wanted
  Stopping,  // asked to end; without a worker: not wanted, the end of retiring ones is awaited
  Killing,   // SIGKILL sent, waiting for its exit
  Backoff,   // waiting before the next try
  Blocked,   // a known precondition is false
  Hold,      // too many lives without media: waiting long before one trial
};
inline constexpr std::size_t phase_count = 10;

std::string_view phase_name(Phase phase);  // "Stopped", as in docs/states.md
std::string_view published_state(
    Phase phase);  // "stopped", as in the API: Warmup is starting, Killing is stopping

// The one process that may publish. Exists exactly in the phases Starting to Killing; not in a Stopping that
// waits for retiring ones only.
struct Worker {
  Generation generation = 0;
  int pid = 0;  // 0: not confirmed yet
  bool ready = false;
  Health health = {};
  std::optional<common::MonoTime> stable_due =
      {};  // a part from then on proves stability; nothing once proved
  std::optional<common::MonoTime> kill_again = {};  // Killing
  bool promoted = false;                            // it was a standby
  bool software_encoder = false;                    // as it was spawned
  bool reduced = false;
  std::chrono::milliseconds extended{0};  // granted by ExtendAsked so far
};

// The worker of the next generation, beside the current one: a hot standby, or the successor of a planned
// replacement. It never publishes before it is the current worker, or is taking over. Exists only in Healthy
// and Degraded.
struct Standby {
  enum class Stage { Starting, Warming, Ready, TakingOver };
  Generation generation = 0;
  int pid = 0;
  Stage stage = Stage::Starting;
  Health health = {};
  std::optional<common::MonoTime> due = {};         // of the stage; none while Ready
  std::optional<common::MonoTime> stable_due = {};  // a heartbeat from then on proves it; nothing once proved
  bool software_encoder = false;
  bool reduced = false;
  std::chrono::milliseconds extended{0};
};
inline constexpr std::size_t standby_stage_count = 4;

std::string_view stage_name(Standby::Stage stage);  // "Starting"

// A worker or standby that was fenced and is being ended: its end is awaited beside everything else.
struct Retiring {
  Generation generation = 0;
  int pid = 0;
  bool killing = false;  // SIGKILL was sent
  common::MonoTime due{};
  common::MonoTime kill_again{};
  bool excused = false;  // the supervisor was late: it got its grace
};

// Why the worker is to be replaced as soon as a successor is ready.
enum class PlannedKind {
  None,
  Operator,
  Config,
  Fault,    // its own: resource_limit, error_storm; the incident is open
  Fitting,  // it was started with another encoder or budget than is wanted now
  Hardware  // the encoder of the hardware is tried again
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
  bool paused = false;  // the operator wants the slate in place of the picture; outlives stop and start
  std::optional<common::MonoTime> paused_changed = {};
  bool shutting_down = false;

  Generation generation = 0;  // the newest ever given
  std::optional<Worker> worker;
  std::optional<Standby> standby;
  std::vector<Retiring> retiring;  // oldest first, bounded
  PlannedKind planned_kind = PlannedKind::None;
  std::string planned;  // why the worker is to be replaced as soon as a successor is ready; empty: not
  std::optional<common::MonoTime> standby_due;  // when the next standby may be spawned
  RestartHistory standby_history;
  bool software_encoder = false;                 // the next worker leaves the hardware out
  std::optional<common::MonoTime> hardware_due;  // when it is tried again; exactly while software_encoder
  int hardware_failures = 0;                     // since the hardware last proved stable
  bool reduced = false;                          // the next worker saves memory
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
  std::vector<std::string> exit_codes;  // last 10, newest last
  std::optional<std::chrono::milliseconds> last_recovery;
  // What a wait had left when the supervisor's end cut it short: for the next supervisor (saved.h).
  Phase cut_phase = Phase::Stopped;
  std::optional<common::MonoTime> cut_due;

  static constexpr std::size_t exit_codes_max = 10;
};

inline bool delivers(Phase phase) {
  return phase == Phase::Healthy || phase == Phase::Degraded;
}

// It should have a worker: wanted, and the supervisor goes on.
inline bool wanted(const State& state) {
  return state.desired_up && !state.shutting_down;
}

}  // namespace supervisor
