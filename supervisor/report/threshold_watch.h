// Whether a figure is too high, with hysteresis in value and in time: high after so many checks in a row at
// or above the threshold, fine again after as many that are five points below it (of a threshold under 50: a
// tenth of it). Pure.
#pragma once

#include <algorithm>

namespace supervisor {

class ThresholdWatch {
 public:
  static constexpr double hysteresis_percent = 5;
  static constexpr double hysteresis_share = 0.1;
  static constexpr int checks = 3;  // in a row: a short burst is no news

  explicit ThresholdWatch(double warn_percent) : warn_percent_(warn_percent) {}

  // True: is_high() changed.
  bool look(double percent) {
    const bool opposite = is_high_ ? percent <= fine_percent() : percent >= warn_percent_;
    in_a_row_ = opposite ? in_a_row_ + 1 : 0;
    if (in_a_row_ < checks) return false;
    in_a_row_ = 0;
    is_high_ = !is_high_;
    return true;
  }
  bool is_high() const { return is_high_; }
  void set_warn_percent(double warn_percent) {
    warn_percent_ = warn_percent;
    in_a_row_ = 0;
  }
  double warn_percent() const { return warn_percent_; }
  double fine_percent() const {
    return warn_percent_ - std::min(hysteresis_percent, warn_percent_ * hysteresis_share);
  }

 private:
  double warn_percent_;
  int in_a_row_ = 0;
  bool is_high_ = false;
};

}  // namespace supervisor
