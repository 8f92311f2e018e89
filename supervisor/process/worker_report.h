// What the workers of a stream said about themselves: the last heartbeat, the encoder, the last error lines;
// and counters summed over all lives, so that they never fall. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "common/protocol.h"
#include "common/time_grid.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

class WorkerReport {
 public:
  static constexpr std::size_t recent_errors_max = 5;

  // A new life: its counters start at zero.
  void begin_life(common::MonoTime now);
  // Keeps its counters; nothing is on air from it any more.
  void end_life();

  void heartbeat(const common::Heartbeat& heartbeat, common::MonoTime now);
  void encoder(const common::EncoderReport& report) { encoder_ = report; }
  void error_line(std::string text);

  // Why the encoder is not as it should be; empty: it is.
  std::string quality_reason() const;

  void fill(StreamSnapshot& snapshot, common::MonoTime now) const;

 private:
  common::EncoderReport encoder_;
  std::deque<std::string> recent_errors_;
  common::Heartbeat last_;
  std::optional<common::MonoTime> heard_at_;
  std::optional<common::MonoTime> began_at_;
  bool alive_ = false;
  std::uint64_t captured_before_ = 0, encoded_before_ = 0, dropped_before_ = 0;
};

}  // namespace supervisor
