// What a stream's supervision leaves to the next supervisor process: intent, numbering, backoff, history.
// Plain data without points of time: the monotonic clock of another boot means nothing, so waits are kept as
// what is left of them. Serialised by supervisor/keep. Pure.
//
// Never kept: processes. Workers end with their supervisor; the successor starts new ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/worker_settings.h"
#include "supervisor/supervise/input_selector.h"
#include "supervisor/supervise/snapshot.h"
#include "supervisor/supervise/state.h"

namespace supervisor {

// Of the inputs: filled and read by the shell (supervisor/process/input_desk), not by save() and restore().
struct SavedInputs {
  SavedSelection selection;
  std::vector<SwitchSnapshot> switches;                   // newest first
  std::map<std::string, common::ChosenMonitor> monitors;  // by the name of the x11 input
  friend bool operator==(const SavedInputs&, const SavedInputs&) = default;
};

struct SavedSupervision {
  bool desired_up = true;
  bool paused = false;
  Generation generation = 0;  // the newest ever given: numbering goes on
  std::string waiting;        // "", "backoff", "hold": a wait that the next process goes on with
  std::chrono::milliseconds wait_left{0};
  int failures = 0;
  std::chrono::milliseconds delay{0};
  std::int64_t score_milli = 0;
  int holds = 0;
  bool software_encoder = false;
  std::chrono::milliseconds hardware_retry_left{0};
  int hardware_failures = 0;
  bool reduced = false;
  std::uint64_t spawns = 0;
  std::uint64_t exits = 0;
  std::vector<std::string> exit_codes;
  std::optional<std::chrono::milliseconds> last_recovery;
  std::optional<SavedInputs> inputs;
  friend bool operator==(const SavedSupervision&, const SavedSupervision&) = default;
};

SavedSupervision save(const State& state, common::MonoTime now);
// A state to begin with, instead of initial_state. A stream that was up waits in Backoff or Hold for what was
// left, at most as long as a wait can be; one that was running is due now. Start it with Resume, not with
// OperatorStart: that forgives nothing and keeps the wait. Numbers that no save() writes are put right.
State restore(const SavedSupervision& saved, std::uint64_t seed, common::MonoTime now);

}  // namespace supervisor
