// A machine that is too slow for its stream (fault E05): when more than a fifth of the pictures of ten
// seconds came too late to be encoded, the next step down is due, and the following ones sooner; a calm time
// brings each back, twice as long after every relapse, so that it does not swing. Pure; one slot is one call.
#pragma once

#include <algorithm>

#include "common/time_grid.h"

namespace worker {

class Overload {
 public:
  static constexpr int window_seconds = 10;
  static constexpr int window_seconds_below = 3;  // once the first step is taken
  static constexpr int late_share_max = 5;        // one of so many may be late
  static constexpr int calm_seconds_first = 60;
  static constexpr int calm_seconds_max = 3600;
  // In calm times no more of a picture's time goes into encoding it than this, or a step up would be relapse.
  static constexpr double busy_share_max = 0.4;

  // steps_max: so many steps down there are; each is for the caller to choose.
  explicit Overload(int fps, int steps_max) : fps_(fps), steps_max_(steps_max) {}

  // After every slot. late: its picture came too late to be encoded. busy: share of the picture's time spent
  // encoding. true: step() changed.
  bool slot(bool late, double busy) {
    ++slots_;
    late_ += late ? 1 : 0;
    busy_ = std::max(busy_, busy);
    const int window = step_ > 0 ? window_seconds_below : window_seconds;
    if (slots_ < fps_ * window) return false;
    const bool overloaded = late_ * late_share_max > slots_;
    const bool calm = late_ == 0 && busy_ < busy_share_max;
    slots_ = late_ = 0;
    busy_ = 0;
    calm_ = calm ? calm_ + window : 0;
    if (overloaded && step_ < steps_max_) return step_down();
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
  int steps_max_;
  int slots_ = 0;
  int late_ = 0;
  double busy_ = 0;  // the worst of the window
  int step_ = 0;
  int calm_ = 0;  // seconds
  int calm_wanted_ = calm_seconds_first;
  bool relapse_ = false;  // it was better once
};

}  // namespace worker
