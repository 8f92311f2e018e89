// When a heartbeat is due, and its rates: four a second, rates over the last two seconds. Pure; time is an
// argument.
#pragma once

#include <deque>

#include "common/protocol.h"
#include "common/time_grid.h"

namespace worker {

class HeartbeatClock {
 public:
  static constexpr std::chrono::milliseconds period{250};
  static constexpr std::size_t samples_max = 9;  // eight periods

  bool due(common::MonoTime now) const { return now >= next_; }
  common::MonoTime next() const { return next_; }
  // Fills in fps and bitrate_kbps of a beat whose counters are set, and moves on to the next.
  void beat(common::Heartbeat& heartbeat, std::uint64_t bytes_sent, common::MonoTime now);

 private:
  struct Sample {
    common::MonoTime at;
    std::uint64_t frames_captured;
    std::uint64_t bytes_sent;
  };
  common::MonoTime next_{};
  std::deque<Sample> samples_;
};

// Resident memory of this process.
std::uint64_t resident_kb();

}  // namespace worker
