// Watches one worker's memory and CPU: a limit is exceeded when every sample of `held_for` was above it (a
// peak of start-up or of one busy second is none). Pure: samples and time are arguments.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/time_grid.h"

namespace supervisor {

struct LimitSettings {
  double memory_mb = 0;    // MiB, resident; 0: no limit
  double cpu_percent = 0;  // 100 is one processor; 0: no limit
  std::chrono::seconds held_for{30};
};

class LimitWatch {
 public:
  explicit LimitWatch(LimitSettings settings) : settings_(settings) {}

  // One sample. The answer: which limit was exceeded, in words that name the setting; told once, and again
  // only after the figure was below its limit.
  std::optional<std::string> sample(double memory_mb, double cpu_percent, common::MonoTime now);

 private:
  struct Excess {
    std::optional<common::MonoTime> since;
    bool told = false;
  };
  bool exceeded(Excess& excess, double value, double limit, common::MonoTime now) const;
  std::string describe(const char* what, double value, const char* unit, const char* setting,
                       double limit) const;

  LimitSettings settings_;
  Excess memory_, cpu_;
};

}  // namespace supervisor
