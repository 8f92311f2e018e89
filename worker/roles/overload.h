// A machine that is too slow for its stream (fault E05): when more than a fifth of the pictures of ten
// seconds came too late to be encoded, the next step down is due; a calm time brings it back, twice as long
// after every relapse, so that it does not swing. Pure; one slot is one call.
#pragma once

#include <algorithm>

#include "common/time_grid.h"

namespace worker {

class Overload {
 public:
  static constexpr int steps_max = 2;  // 1: the cheapest preset, 2: besides, every second picture
  static constexpr int window_seconds = 10;
  static constexpr int late_share_max = 5;  // one of so many may be late
  static constexpr int calm_seconds_first = 60;
  static constexpr int calm_seconds_max = 3600;
  // In calm times no more of a picture's time goes into encoding it than this, or a step up would be relapse.
  static constexpr double busy_share_max = 0.4;

  explicit Overload(int fps) : fps_(fps) {}

  // After every slot. late: its picture came too late to be encoded. busy: share of the picture's time spent
  // encoding. true: step() changed.
  bool slot(bool late, double busy) {
    ++slots_;
    late_ += late ? 1 : 0;
    busy_ = std::max(busy_, busy);
    if (slots_ < fps_ * window_seconds) return false;
    const bool overloaded = late_ * late_share_max > slots_;
    const bool calm = late_ == 0 && busy_ < busy_share_max;
    slots_ = late_ = 0;
    busy_ = 0;
    calm_ = calm ? calm_ + window_seconds : 0;
    if (overloaded && step_ < steps_max) return step_down();
    if (step_ > 0 && calm_ >= calm_wanted_) return step_up();
    return false;
  }
  int step() const { return step_; }

 private:
  bool step_down() {
    if (relapse_) calm_wanted_ = std::min(2 * calm_wanted_, calm_seconds_max);
    ++step_;
    return true;
  }
  bool step_up() {
    relapse_ = true;
    calm_ = 0;
    --step_;
    return true;
  }

  int fps_;
  int slots_ = 0;
  int late_ = 0;
  double busy_ = 0;  // the worst of the window
  int step_ = 0;
  int calm_ = 0;  // seconds
  int calm_wanted_ = calm_seconds_first;
  bool relapse_ = false;  // it was better once
};

}  // namespace worker
