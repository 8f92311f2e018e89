#include "supervisor/alerts/alert.h"

#include <algorithm>
#include <array>

namespace supervisor {
namespace {

constexpr std::array<std::string_view, alert_rule_count> rule_names = {"service_down",
                                                                       "unkillable",
                                                                       "input_exhausted",
                                                                       "stream_inactive",
                                                                       "frequent_restarts",
                                                                       "high_error_count",
                                                                       "high_resource_use",
                                                                       "monitoring_error",
                                                                       "backup_input",
                                                                       "fallback_encoder",
                                                                       "disk",
                                                                       "certificate"};
constexpr std::array<std::string_view, 3> severity_names = {"info", "warning", "critical"};
constexpr std::array<std::string_view, 5> kind_names = {"opened", "still_open", "resolved", "digest", "test"};

template <typename Value, std::size_t size>
std::optional<Value> find_name(const std::array<std::string_view, size>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Value>(found - names.begin());
}

}  // namespace

std::string_view rule_name(AlertRule rule) {
  return rule_names.at(static_cast<std::size_t>(rule));
}

std::optional<AlertRule> parse_rule(std::string_view name) {
  return find_name<AlertRule>(rule_names, name);
}

std::string_view severity_name(Severity severity) {
  return severity_names.at(static_cast<std::size_t>(severity));
}

std::optional<Severity> parse_severity(std::string_view name) {
  return find_name<Severity>(severity_names, name);
}

std::string_view kind_name(AlertNotice::Kind kind) {
  return kind_names.at(static_cast<std::size_t>(kind));
}

std::optional<AlertNotice::Kind> parse_kind(std::string_view name) {
  return find_name<AlertNotice::Kind>(kind_names, name);
}

std::string headline(const Alert& alert) {
  return (alert.stream.empty() ? "" : alert.stream + ": ") + alert.title +
         (alert.flapping ? " (flapping)" : "");
}

}  // namespace supervisor
