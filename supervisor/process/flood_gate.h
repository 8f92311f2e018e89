// Keeps a flood of lines from drowning the log: lets `lines_max` lines through in each `window`, counts the
// rest and says how many when the next window opens. A flood that lasts longer than `flood_after` is a broken
// worker (fault P20). Pure: time is an argument.
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

class FloodGate {
 public:
  explicit FloodGate(FloodSettings settings = {}) : settings_(settings) {}

  struct Verdict {
    bool pass = false;
    std::uint64_t suppressed = 0;  // lines held back in the window before; told once
    bool flooding = false;         // every window for flood_after was full
  };
  Verdict line(common::MonoTime now);

 private:
  FloodSettings settings_;
  std::optional<common::MonoTime> window_start_;
  std::optional<common::MonoTime> full_since_;
  int passed_ = 0;
  std::uint64_t held_ = 0;
};

}  // namespace supervisor
