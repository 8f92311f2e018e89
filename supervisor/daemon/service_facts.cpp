#include "supervisor/daemon/service_facts.h"

namespace supervisor {

HttpFacts http_facts(const HttpServer& http, std::size_t event_listeners) {
  const HttpCounters& counted = http.counters();
  HttpFacts facts;
  for (std::size_t i = 0; i < request_class_count; ++i) {
    const auto request_class = static_cast<RequestClass>(i);
    for (const auto& [status, count] : counted.answers.of(request_class)) {
      facts.requests.push_back({request_class_name(request_class), status, count});
    }
  }
  facts.accepted = counted.accepted;
  facts.sent_bytes = counted.bytes_sent;
  facts.timed_out = counted.timed_out;
  facts.tls_failed = counted.tls_failed;
  facts.refused = counted.refused_without_descriptor;
  facts.connections = http.connections();
  facts.waiting = http.waiting();
  facts.event_listeners = event_listeners;
  return facts;
}

LogFacts log_facts(const LogBuffer& lines, std::uint64_t lost) {
  LogFacts facts;
  for (std::size_t i = 0; i < facts.lines.size(); ++i) facts.lines[i] = lines.count(static_cast<LogLevel>(i));
  facts.lost = lost;
  return facts;
}

std::vector<AlertCount> alert_counts(const std::vector<Alert>& open) {
  std::vector<AlertCount> counts;
  for (const Severity severity : {Severity::Info, Severity::Warning, Severity::Critical}) {
    AlertCount count{severity_name(severity), 0};
    for (const Alert& alert : open) count.open += alert.severity == severity ? 1 : 0;
    counts.push_back(count);
  }
  return counts;
}

}  // namespace supervisor
