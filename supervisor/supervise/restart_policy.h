// What to do after a failure: retry after a delay, wait for a precondition, or hold. Never gives up.
// Remembers only what the stream's own failures have cost; does not know states or processes. Pure, integer
// arithmetic, no overflow.
//
// - The first failure since the last proof of stability is answered at once, growth starts with the second;
// delays
//   never shrink before the next proof (stable_after of progress). A spawn, a hello or one part prove
//   nothing.
// - Lives without media fill a leaking score; above max_restarts the stream is held: one trial per hold, each
// longer.
//   A life that delivered media costs nothing: a stream that heals each time is never held.
// - Delays are spread by 0.75..1.25 with a seeded sequence kept in the history, so that a replay gives the
// same.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/time_grid.h"
#include "supervisor/supervise/failure_class.h"
#include "supervisor/supervise/settings.h"

namespace supervisor {

// How often one class struck.
struct ClassCount {
  FailureClass failure = FailureClass::Crash;
  int attempts = 0;  // since the last proof of stability
  int repeats = 0;   // each within repeat_window of the one before
  common::MonoTime last{};
};

struct RestartHistory {
  std::uint64_t seed = 0;              // of the jitter; advanced with every delay
  int failures = 0;                    // since the last proof of stability
  std::chrono::milliseconds delay{0};  // the last one, before jitter
  std::int64_t score_milli = 0;        // 1000: one failed life, as of scored_at
  std::optional<common::MonoTime> scored_at = {};
  int holds = 0;                         // since the last proof of stability
  std::vector<ClassCount> classes = {};  // in the order of their first failure
};

struct RestartDecision {
  enum class Kind { Retry, Block, Hold };
  Kind kind = Kind::Retry;
  std::chrono::milliseconds delay{0};             // Retry, Hold: jitter included; 0: at once
  Precondition condition = Precondition::Binary;  // Block
  bool software_encoder = false;                  // the class's limit: from now on without the hardware
  bool reduced = false;                           // the class's limit: from now on with less
};

RestartDecision decide(RestartHistory& history, const SupervisionSettings& settings, FailureClass failure,
                       bool delivered_media, common::MonoTime now);

// How long a life must make progress to prove stability: long enough against the delay that led to it.
std::chrono::milliseconds stable_after(const RestartHistory& history, const SupervisionSettings& settings);

// Proved stable: the next failure is a first one. What struck within repeat_window is still a repetition.
void prove_stable(RestartHistory& history);
// Ordered by the operator: forgets everything but the seed.
void forgive(RestartHistory& history);

// The score as of `now`, halved every half restart_window.
std::int64_t score_milli(const RestartHistory& history, const SupervisionSettings& settings,
                         common::MonoTime now);

}  // namespace supervisor
