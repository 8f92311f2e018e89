// Every timer, delay and limit of the supervision of one stream. Defaults are those of docs/states.md; the
// configuration fills the operator's part (`restart.*`) and derives the progress timer from the segment
// duration. Pure data.
#pragma once

#include <chrono>

namespace supervisor {

struct SupervisionSettings {
  using Duration = std::chrono::milliseconds;

  // How long each step of a life may take.
  Duration exec_timeout{1'000};          // Spawn -> Spawned
  Duration hello_timeout{5'000};         // Spawned -> HelloReceived
  Duration first_media_timeout{15'000};  // HelloReceived -> first MediaAdmitted
  Duration heartbeat_timeout{1'000};     // no sign of life: hang
  Duration progress_timeout{6'000};      // nothing published: stall; max(3 segments, 6 s)
  Duration late_loop{1'000};       // own lateness above this gives the worker one more heartbeat_timeout
  Duration quality_dwell{10'000};  // good for so long before Degraded is Healthy again

  // How it is ended.
  Duration stop_timeout{3'000};  // quit and SIGTERM -> SIGKILL
  Duration stall_grace{1'000};   // the same for a stalled worker
  Duration kill_timeout{2'000};  // SIGKILL -> quarantine
  Duration kill_repeat{1'000};   // SIGKILL again
  int quarantine_max = 2;        // unkillable workers beside which a new one may still start

  // `restart.*` of the configuration.
  Duration restart_delay{250};  // second failure; the first is answered at once
  int backoff_multiplier_permille = 2'000;
  Duration backoff_max{30'000};
  Duration stable_after{60'000};     // of proved progress: history is forgotten
  int max_restarts = 10;             // weight of lives without media in restart_window before Hold
  Duration restart_window{600'000};  // the score halves in half of it

  Duration spawn_gap{250};     // between two spawns, whatever the reason; only a first retry may be sooner
  Duration hold_min{300'000};  // doubles with each failed trial
  Duration hold_max{1'800'000};
  Duration blocked_retry{30'000};  // a blocked stream tries by itself as well: nothing is a dead end
};

}  // namespace supervisor
