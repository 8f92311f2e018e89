// Keeps the lines of a worker from drowning the log: the first `lines_of_a_kind` of each kind pass in each
// window, the rest are counted and summed up in one line when the window ends. Two lines are of one kind when
// level and text are equal but for numbers. Pure: time is an argument. One of these for each life of a
// worker; bounded: `kinds_max` kinds, further ones share one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/time_grid.h"

namespace supervisor {

// log.sample_lines and log.sample_window.
struct SamplingSettings {
  static constexpr int kinds_max = 64;

  int lines_of_a_kind = 10;
  std::chrono::milliseconds window{10'000};
  friend bool operator==(const SamplingSettings&, const SamplingSettings&) = default;
};

class LineSampler {
 public:
  static constexpr std::size_t compared_bytes_max = 256;  // what comes later in a line makes no other kind
  static constexpr std::size_t example_bytes_max = 160;

  explicit LineSampler(SamplingSettings settings = {}) : settings_(settings) {}

  struct Summary {
    std::string level;
    std::string text;  // "... and 4812 more lines like this in 10 s: queue full"
  };
  // Of the window that is over by now, oldest kind first; to be called before pass(), and now and then while
  // no line comes.
  std::vector<Summary> expire(common::MonoTime now);
  // The same without waiting for the end of the window: the worker is gone.
  std::vector<Summary> finish(common::MonoTime now);

  // Whether the line is to be written. Begins a window when none is running.
  bool pass(std::string_view level, std::string_view text, common::MonoTime now);

  // All that were not written, since the beginning.
  std::uint64_t held_back() const { return held_back_; }

 private:
  struct Kind {
    std::string level;
    std::string example;
    int passed = 0;
    std::uint64_t held = 0;
    std::size_t number = 0;  // in the order they came
  };
  Kind& kind_of(std::string_view level, std::string_view text);
  std::vector<Summary> close(common::MonoTime now);

  SamplingSettings settings_;
  std::optional<common::MonoTime> window_start_;
  std::unordered_map<std::uint64_t, Kind> kinds_;
  Kind others_;
  std::uint64_t held_back_ = 0;
};

}  // namespace supervisor
