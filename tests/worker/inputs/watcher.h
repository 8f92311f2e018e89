// Looks at one source as the capture thread does, once a slot, and notes which picture it saw when.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "worker/receive/received_source.h"
#include "worker/source/pattern_source.h"

namespace worker::test {

using std::chrono::steady_clock;

inline constexpr CanvasSize canvas{640, 360};

inline common::InputSettings url_input(const std::string& url) {
  common::InputSettings input;
  input.type = "url";
  input.url = url;
  return input;
}

inline common::InputSettings file_input(const std::string& path) {
  common::InputSettings input;
  input.type = "file";
  input.path = path;
  return input;
}

inline common::InputSettings device_input(const std::string& format, const std::string& device) {
  common::InputSettings input;
  input.type = "device";
  input.format = format;
  input.device = device;
  return input;
}

class Watcher {
 public:
  struct Sight {
    steady_clock::time_point at;
    int number = -1;  // -1: no number can be read
  };

  explicit Watcher(const common::InputSettings& input, std::shared_ptr<Leftovers> leftovers = nullptr) {
    auto opened = open_received_source(input, canvas, std::move(leftovers));
    if (opened) {
      source_ = std::move(*opened);
    } else {
      error = opened.error().reason;
    }
  }

  // Looks once a slot, 50 a second, until `done` or the source fails; how long it took.
  steady_clock::duration watch(const std::function<bool()>& done,
                               std::chrono::milliseconds limit = std::chrono::seconds(8)) {
    const auto begun = steady_clock::now();
    auto slot = begun;
    while (source_ && error.empty() && !done() && steady_clock::now() - begun < limit) {
      std::this_thread::sleep_until(slot += std::chrono::milliseconds(20));
      take_a_look();
    }
    return steady_clock::now() - begun;
  }
  void watch_for(std::chrono::milliseconds time) {
    watch([] { return false; }, time);
  }
  bool wait_for_picture(std::chrono::milliseconds limit = std::chrono::seconds(8)) {
    watch([this] { return picture != nullptr; }, limit);
    return picture != nullptr;
  }
  // One look, where several are watched side by side.
  void look() {
    if (source_ && error.empty()) take_a_look();
  }
  int number() const { return seen.empty() ? -1 : seen.back().number; }
  Source& source() { return *source_; }
  void close() { source_.reset(); }

  std::vector<Sight> seen;  // each new picture
  std::shared_ptr<const Picture> picture;
  std::string error;
  steady_clock::duration longest{};  // that a look took

 private:
  void take_a_look() {
    const auto begun = steady_clock::now();
    const auto captured = source_->capture(0);
    longest = std::max(longest, steady_clock::now() - begun);
    if (!captured) {
      error = captured.error().reason;
    } else if (*captured && *captured != picture) {
      picture = *captured;
      const auto number =
          read_slot(picture->plane(0), picture->stride(0), picture->width(), picture->height());
      seen.push_back({begun, number ? static_cast<int>(*number) : -1});
    }
  }

  std::unique_ptr<Source> source_;
};

// Looks at all of them once a slot, until `done`.
inline void watch_all(const std::vector<Watcher*>& watchers, const std::function<bool()>& done,
                      std::chrono::milliseconds limit) {
  const auto begun = steady_clock::now();
  auto slot = begun;
  while (!done() && steady_clock::now() - begun < limit) {
    std::this_thread::sleep_until(slot += std::chrono::milliseconds(20));
    for (Watcher* watcher : watchers) watcher->look();
  }
}

// How far the pictures were from an even pace, after the first `skip` of them; numbers may begin anew after
// `count`.
struct PaceFound {
  double fps = 0;
  double worst_ms = 0;  // away from the line through first and last
  int holes = 0;        // a number that is not one to three more than the one before: a look may be late
};

inline PaceFound pace_of(const std::vector<Watcher::Sight>& seen, int count, std::size_t skip = 0) {
  PaceFound found;
  if (seen.size() < skip + 3) return found;
  int run = 0;
  std::vector<std::pair<int, double>> line;
  for (std::size_t i = skip; i < seen.size(); ++i) {
    if (i > skip) {
      const int step = (seen[i].number - seen[i - 1].number + count) % count;
      found.holes += step < 1 || step > 3 ? 1 : 0;
      run += step;
    }
    line.emplace_back(run, std::chrono::duration<double, std::milli>(seen[i].at - seen[skip].at).count());
  }
  const double each = line.back().second / line.back().first;
  found.fps = 1000 / each;
  for (const auto& [number, at] : line)
    found.worst_ms = std::max(found.worst_ms, std::abs(at - number * each));
  return found;
}

}  // namespace worker::test
