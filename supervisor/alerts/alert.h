// The words of alerting: rules, severities, a condition that holds now, an alert that was opened for it, and
// a notice that is sent about it. Plain data, pure. Names follow the API (docs/http_api.md).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/time_grid.h"
#include "supervisor/report/wall_time.h"

namespace supervisor {

// In the order of weight: of two that tell of the same stream the earlier one explains the later one.
enum class AlertRule {
  ServiceDown,
  Unkillable,
  InputExhausted,
  StreamInactive,
  FrequentRestarts,
  HighErrorCount,
  HighResourceUse,
  MonitoringError,
  BackupInput,
  FallbackEncoder,
  Disk,
  Certificate,
};
inline constexpr std::size_t alert_rule_count = 12;
std::string_view rule_name(AlertRule rule);  // "service_down"
std::optional<AlertRule> parse_rule(std::string_view name);

enum class Severity { Info, Warning, Critical };
std::string_view severity_name(Severity severity);  // "info"
std::optional<Severity> parse_severity(std::string_view name);

// Something is wrong now. Rule, stream and subject together are what it is about: while they stay it is the
// same alert, whatever the texts say.
struct Condition {
  AlertRule rule = AlertRule::ServiceDown;
  Severity severity = Severity::Warning;
  std::string stream;   // empty: of the whole service or machine
  std::string subject;  // tells apart what one rule says of one stream: "cpu", "memory"; not shown
  std::string title;    // one short line; no word of the stream's name
  std::string detail;   // why, in words; may hold text from outside
};

struct Alert {
  std::string id;  // sorts by the time of opening
  AlertRule rule = AlertRule::ServiceDown;
  Severity severity = Severity::Warning;
  std::string stream;
  std::string subject;
  bool open = true;
  bool flapping = false;
  std::string title;
  std::string detail;
  WallTime opened_at{};
  std::optional<WallTime> resolved_at = {};
  std::chrono::milliseconds duration{0};  // so far, or until it was resolved
  int notified = 0;                       // notices given to the sinks
  int held_back = 0;                      // notices that went into a digest instead
};

// "desktop: the stream shows no picture".
std::string headline(const Alert& alert);

// What is told to people; one of them goes to every sink.
struct AlertNotice {
  enum class Kind { Opened, StillOpen, Resolved, Digest, Test };
  std::string id;  // unique: a receiver may use it to drop what comes twice
  Kind kind = Kind::Test;
  WallTime at{};
  Alert alert = {};                     // of a digest and a test only the severity
  int count = 0;                        // Digest: what was held back
  std::vector<std::string> lines = {};  // Digest: the first of them, a line each
};
std::string_view kind_name(AlertNotice::Kind kind);  // "opened"
std::optional<AlertNotice::Kind> parse_kind(std::string_view name);

}  // namespace supervisor
