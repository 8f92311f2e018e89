// How a receiver of alerts is doing, as the API shows it. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "supervisor/report/wall_time.h"

namespace supervisor {

enum class SinkKind { Email, Slack, Discord, Json, DeadMan };
constexpr std::string_view sink_kind_name(SinkKind kind) {
  switch (kind) {
    case SinkKind::Email:
      return "email";
    case SinkKind::Slack:
      return "slack";
    case SinkKind::Discord:
      return "discord";
    case SinkKind::Json:
      return "json";
    case SinkKind::DeadMan:
      break;
  }
  return "dead_man";
}

struct SinkStatus {
  std::string name;  // "email", "webhook-1", "dead_man"
  SinkKind kind = SinkKind::Json;
  bool enabled = false;
  std::string state = "off";  // ok failing off unknown (nothing was sent yet)
  std::optional<WallTime> last_delivery_at;
  std::string last_error;       // empty: the last attempt succeeded
  double failing_seconds = 0;   // since the first failure after a success
  std::size_t pending = 0;      // notices in the queue
  std::uint64_t delivered = 0;  // notices, since the start of the service
  std::uint64_t failed = 0;     // notices that were given up: refused for good, too old, too many
  std::uint64_t dropped = 0;    // of those: too old, too many
};

struct SinkTestResult {
  std::string sink;
  SinkKind kind = SinkKind::Json;
  bool ok = false;
  std::int64_t took_ms = 0;
  std::string error;
};

}  // namespace supervisor
