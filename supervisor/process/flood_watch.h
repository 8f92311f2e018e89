// Tells a worker that floods its stderr from one that is merely talkative: more than `lines_max` lines in
// each `window`, for longer than `flood_after`, is a broken worker (fault P20). What is written of its lines
// is the LineSampler's matter. Pure: time is an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "common/time_grid.h"

namespace supervisor {

struct FloodSettings {
  int lines_max = 50;
  std::chrono::milliseconds window{1000};
  std::chrono::milliseconds flood_after{10000};
};

class FloodWatch {
 public:
  explicit FloodWatch(FloodSettings settings = {}) : settings_(settings) {}

  // One line came; true: every window for flood_after had more than lines_max.
  bool line(common::MonoTime now);

 private:
  FloodSettings settings_;
  std::optional<common::MonoTime> window_start_;
  std::optional<common::MonoTime> full_since_;
  int lines_ = 0;
};

}  // namespace supervisor
