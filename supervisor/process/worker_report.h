// What the workers of a stream said about themselves: the last heartbeat, the inputs, the monitors, the
// encoder, the last error lines; and counters summed over all lives, so that they never fall. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "common/protocol.h"
#include "common/time_grid.h"
#include "common/worker_settings.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

class WorkerReport {
 public:
  static constexpr std::size_t recent_errors_max = 5;
  static constexpr std::size_t input_errors_max = 10;

  explicit WorkerReport(std::vector<common::InputSettings> inputs);

  // Other inputs are configured; counters go on. A life that goes on is begun anew.
  void replace_inputs(std::vector<common::InputSettings> inputs);

  // A new life: its counters start at zero, what the former life said of its inputs is gone.
  void begin_life(common::MonoTime now);
  // Keeps its counters; nothing is on air from it any more.
  void end_life();

  void heartbeat(const common::Heartbeat& heartbeat, common::MonoTime now);
  // `at`: RFC 3339, for people.
  void input(const common::InputReport& report, const std::string& at);
  void monitors(const common::Monitors& monitors) { monitors_ = monitors.monitors; }
  void encoder(const common::EncoderReport& report) { encoder_ = report; }
  void error_line(std::string text);

  // The worker shows its slate although a real input was configured.
  bool shows_slate() const;
  // Why it does, why the input on air is not the best one, or why the encoder is not; empty: all as wanted.
  std::string quality_reason() const;

  void fill(StreamSnapshot& snapshot, common::MonoTime now) const;

 private:
  std::vector<common::InputSettings> settings_;
  std::vector<InputSnapshot> inputs_;
  std::vector<common::Monitor> monitors_;
  common::EncoderReport encoder_;
  std::deque<std::string> recent_errors_;
  common::Heartbeat last_;
  std::optional<common::MonoTime> heard_at_;
  std::optional<common::MonoTime> began_at_;
  bool alive_ = false;
  std::uint64_t captured_before_ = 0, encoded_before_ = 0, dropped_before_ = 0;
};

}  // namespace supervisor
