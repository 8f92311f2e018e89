// Every timer, delay and limit of the supervision of one stream. Defaults are those of docs/states.md; the
// configuration fills the operator's part (`restart.*`) and derives the progress timer from the segment
// duration. Pure data.
#pragma once

#include <array>
#include <chrono>

#include "supervisor/supervise/failure_class.h"

namespace supervisor {

// What happens when a failure class has used up its attempts.
enum class AtLimit {
  Hold,             // a long wait, then one trial
  Block,            // a restart cannot help: wait until the precondition holds (config: Config, else Binary)
  SoftwareEncoder,  // from now on without the hardware, which is tried again after encoder_retry
  Reduce,           // from now on with as little memory and CPU as the init segment allows
};

// What one failure class does differently. Hold and Block count the failures since the last proof of
// stability; what changes the worker instead also counts those within repeat_window of the one before.
struct ClassStrategy {
  using Duration = std::chrono::milliseconds;
  Duration delay{0};            // of each wait; 0: nothing at first, then restart_delay, growing
  int multiplier_permille = 0;  // 0: backoff_multiplier_permille
  Duration cap{0};              // 0: backoff_max
  int weight_milli = 1'000;     // of a life without media in the restart budget
  int max_attempts = 0;         // the failure with this number is at the limit; 0: none is
  AtLimit at_limit = AtLimit::Hold;
  bool slow = false;  // what does not even start: from 4 x restart_delay up to 2 x backoff_max, never at once
  friend bool operator==(const ClassStrategy&, const ClassStrategy&) = default;
};
using ClassStrategies = std::array<ClassStrategy, failure_class_count>;

constexpr ClassStrategies default_strategies() {
  ClassStrategies all{};
  const auto of = [&all](FailureClass failure) -> ClassStrategy& {
    return all[static_cast<std::size_t>(failure)];
  };
  of(FailureClass::StopRequested) = {.weight_milli = 0};
  of(FailureClass::CleanExit) = {.weight_milli = 500};
  of(FailureClass::OutOfMemory) = {.weight_milli = 2'000, .max_attempts = 2, .at_limit = AtLimit::Reduce};
  of(FailureClass::Stall) = {.max_attempts = 2, .at_limit = AtLimit::SoftwareEncoder};
  of(FailureClass::StartupTimeout) = {.max_attempts = 2, .at_limit = AtLimit::SoftwareEncoder, .slow = true};
  of(FailureClass::ExecFatal) = {.weight_milli = 0, .max_attempts = 1, .at_limit = AtLimit::Block};
  of(FailureClass::ExecTransient) = {.weight_milli = 500};
  of(FailureClass::Version) = {.weight_milli = 0, .max_attempts = 1, .at_limit = AtLimit::Block};
  of(FailureClass::Config) = {.weight_milli = 0, .max_attempts = 1, .at_limit = AtLimit::Block};
  of(FailureClass::Encoder) = {.max_attempts = 1, .at_limit = AtLimit::SoftwareEncoder};
  of(FailureClass::Protocol) = {.slow = true};
  return all;
}

struct SupervisionSettings {
  using Duration = std::chrono::milliseconds;

  // How long each step of a life may take.
  Duration exec_timeout{1'000};          // Spawn -> Spawned
  Duration hello_timeout{5'000};         // Spawned -> HelloReceived
  Duration first_media_timeout{15'000};  // HelloReceived -> first MediaAdmitted
  Duration heartbeat_timeout{1'000};     // no sign of life: hang
  Duration progress_timeout{6'000};      // nothing published: stall; max(3 segments, 6 s)
  Duration late_loop{1'000};       // own lateness above this gives the worker one more heartbeat_timeout
  Duration evidence_timeout{250};  // GatherEvidence unanswered for so long: the hang is believed without
  int starved_graces = 3;          // heartbeat_timeouts given in a row to a worker that got no CPU
  Duration quality_dwell{10'000};  // good for so long before Degraded is Healthy again

  // How it is ended.
  Duration stop_timeout{3'000};  // quit and SIGTERM -> SIGKILL
  Duration stall_grace{1'000};   // the same for a stalled worker
  Duration kill_timeout{2'000};  // SIGKILL -> quarantine
  Duration kill_repeat{1'000};   // SIGKILL again
  int quarantine_max = 2;        // unkillable workers beside which a new one may still start

  // Two workers at once.
  bool hot_standby = false;
  int retiring_max = 2;              // replaced workers whose end is awaited beside the current one
  Duration segment{2'000};           // a planned take-over waits for the next boundary of a segment
  Duration standby_delay{500};       // from the first part of the worker to the spawn of its standby
  Duration handover_timeout{3'000};  // promoted, or taking over, to its first part
  Duration extend_max{60'000};       // what ExtendAsked may add to first_media_timeout in one life

  // The encoder of the hardware is tried again after this, doubled with each time it failed.
  Duration encoder_retry{600'000};
  Duration encoder_retry_max{21'600'000};
  Duration repeat_window{
      600'000};  // a second stall, start-up timeout or out-of-memory within it changes something

  // `restart.*` of the configuration.
  Duration restart_delay{250};  // second failure; the first is answered at once
  int backoff_multiplier_permille = 2'000;
  Duration backoff_max{30'000};
  Duration stable_after{60'000};  // of proved progress: history is forgotten
  ClassStrategies strategies = default_strategies();
  int max_restarts = 10;             // weight of lives without media in restart_window before Hold
  Duration restart_window{600'000};  // the score halves in half of it

  Duration spawn_gap{250};     // between two spawns, whatever the reason; only a first retry may be sooner
  Duration hold_min{300'000};  // doubles with each failed trial
  Duration hold_max{1'800'000};
  Duration blocked_retry{30'000};  // a blocked stream tries by itself as well: nothing is a dead end
  friend bool operator==(const SupervisionSettings&, const SupervisionSettings&) = default;
};

}  // namespace supervisor
