#include "supervisor/process/flood_gate.h"

#include <utility>

namespace supervisor {

FloodGate::Verdict FloodGate::line(common::MonoTime now) {
  Verdict verdict;
  if (!window_start_ || now - *window_start_ >= settings_.window) {
    const bool was_full = held_ > 0 && window_start_ && now - *window_start_ < 2 * settings_.window;
    if (!was_full) full_since_.reset();
    verdict.suppressed = std::exchange(held_, 0);
    window_start_ = now;
    passed_ = 0;
  }
  if (passed_ < settings_.lines_max) {
    ++passed_;
    verdict.pass = true;
    return verdict;
  }
  ++held_;
  if (!full_since_) full_since_ = now;
  verdict.flooding = now - *full_since_ >= settings_.flood_after;
  return verdict;
}

}  // namespace supervisor
