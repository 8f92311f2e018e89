// Counts the structured errors of one worker (message "log" of level "error"; never log text): a storm is
// `errors_max` of them within `window`. Pure: time is an argument. Bounded by errors_max.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include "common/time_grid.h"

namespace supervisor {

class ErrorWindow {
 public:
  ErrorWindow(int errors_max, std::chrono::milliseconds window);

  // One more error. true: it is the one that makes a storm; the count begins anew then.
  bool add(common::MonoTime now);
  std::size_t count() const { return errors_.size(); }

 private:
  std::size_t errors_max_;
  std::chrono::milliseconds window_;
  std::deque<common::MonoTime> errors_;
};

}  // namespace supervisor
