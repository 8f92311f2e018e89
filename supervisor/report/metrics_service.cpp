// What is measured of the supervisor and of the machine.
#include <array>

#include "supervisor/report/metrics_parts.h"

namespace supervisor {
namespace {

std::optional<double> bytes_a_second(const std::optional<double>& kilobits) {
  return kilobits ? std::optional(*kilobits * 125) : std::nullopt;
}

using N = Snapshot;
constexpr std::array service_metrics = {
    Metric<N>{"uptime_seconds", "gauge", "Age of the supervisor process.",
              [](const N& n) -> std::optional<double> { return n.uptime_seconds; }},
    Metric<N>{"errors_total", "counter", "Errors reported since the start.",
              [](const N& n) -> std::optional<double> { return as_double(n.total_errors); }},
    Metric<N>{"config_reload_failing", "gauge", "1 when the last reload of the configuration was refused.",
              [](const N& n) -> std::optional<double> { return !n.config_error.empty(); }},
    Metric<N>{"supervisor_resident_memory_bytes", "gauge", "Resident memory of the supervisor.",
              [](const N& n) -> std::optional<double> { return n.system.supervisor_rss_mb * bytes_per_mb; }},
    Metric<N>{"supervisor_cpu_usage_ratio", "gauge", "Processor time of the supervisor, 1 is one processor.",
              [](const N& n) -> std::optional<double> { return n.system.supervisor_cpu_percent / 100; }},
    Metric<N>{"system_cpu_usage_ratio", "gauge", "Processor time used on the machine, 1 is all processors.",
              [](const N& n) -> std::optional<double> { return n.system.cpu_percent / 100; }},
    Metric<N>{"system_memory_usage_ratio", "gauge", "Memory of the machine that is in use.",
              [](const N& n) -> std::optional<double> { return n.system.memory_percent / 100; }},
    Metric<N>{"supervisor_open_fds", "gauge", "Open descriptors of the supervisor.",
              [](const N& n) -> std::optional<double> { return n.system.supervisor_fds; }},
    Metric<N>{"supervisor_threads", "gauge", "Threads of the supervisor.",
              [](const N& n) -> std::optional<double> { return n.system.supervisor_threads; }},
    Metric<N>{"system_network_receive_bytes_per_second", "gauge",
              "Received by all network interfaces but the loopback.",
              [](const N& n) { return bytes_a_second(n.system.network_in_kbps); }},
    Metric<N>{"system_network_transmit_bytes_per_second", "gauge",
              "Sent by all network interfaces but the loopback.",
              [](const N& n) { return bytes_a_second(n.system.network_out_kbps); }},
    Metric<N>{"system_load_average", "gauge", "Processes that ran or waited, mean of one minute.",
              [](const N& n) -> std::optional<double> { return n.system.load_average_1m; }},
    Metric<N>{"system_processors", "gauge", "Processors that may be used.",
              [](const N& n) -> std::optional<double> { return n.system.processors; }},
    Metric<N>{"system_memory_available_bytes", "gauge", "Memory that is left for programs.",
              [](const N& n) -> std::optional<double> { return as_double(n.system.memory_available_bytes); }},
    Metric<N>{"system_disk_free_bytes", "gauge", "Room on the disk of the service.",
              [](const N& n) -> std::optional<double> { return as_double(n.system.disk_free_bytes); }},
    Metric<N>{"system_cpu_high", "gauge", "1 while processor use is above its warning threshold.",
              [](const N& n) -> std::optional<double> { return n.system.cpu_high; }},
    Metric<N>{"system_memory_high", "gauge", "1 while memory use is above its warning threshold.",
              [](const N& n) -> std::optional<double> { return n.system.memory_high; }},
    Metric<N>{"system_disk_high", "gauge", "1 while disk use is above its warning threshold.",
              [](const N& n) -> std::optional<double> { return n.system.disk_high; }},
    Metric<N>{"system_memory_size_bytes", "gauge", "Memory of the machine.",
              [](const N& n) -> std::optional<double> { return as_double(n.system.memory_total_bytes); }},
    Metric<N>{"system_disk_usage_ratio", "gauge", "Disk of the service that is in use.",
              [](const N& n) -> std::optional<double> { return n.system.disk_usage_percent / 100; }},
    Metric<N>{"system_disk_size_bytes", "gauge", "Disk of the service.",
              [](const N& n) -> std::optional<double> { return as_double(n.system.disk_total_bytes); }},
};

void add_process(MetricsWriter& text, const ProcessFacts& process) {
  text.single("process_cpu_seconds_total", "counter", "Processor time of the supervisor.",
              process.cpu_seconds);
  text.single("process_resident_memory_bytes", "gauge", "Resident memory of the supervisor.",
              as_double(process.resident_bytes));
  text.single("process_virtual_memory_bytes", "gauge", "Address space of the supervisor.",
              as_double(process.virtual_bytes));
  text.single("process_open_fds", "gauge", "Open descriptors of the supervisor.",
              as_double(process.open_fds));
  text.single("process_max_fds", "gauge", "Descriptors that the supervisor may open.",
              as_double(process.max_fds));
  text.single("process_start_time_seconds", "gauge", "When the supervisor started, in seconds since 1970.",
              process.start_time_seconds);
}

void add_http(MetricsWriter& text, const HttpFacts& http) {
  text.head("http_requests_total", "counter", "Requests answered, by class and status.");
  for (const HttpFacts::Requests& requests : http.requests) {
    const std::string code = std::to_string(requests.status);
    text.line("http_requests_total", {{"class", requests.request_class}, {"code", code}},
              as_double(requests.count));
  }
  text.single("http_connections_total", "counter", "Connections accepted.", as_double(http.accepted));
  text.single("http_connections", "gauge", "Connections that are open.", as_double(http.connections));
  text.single("http_sent_bytes_total", "counter", "Bytes sent to clients, headers included.",
              as_double(http.sent_bytes));
  text.single("http_waiting_requests", "gauge", "Blocking requests that wait for media.",
              as_double(http.waiting));
  text.single("http_timeouts_total", "counter", "Connections cut by a deadline.", as_double(http.timed_out));
  text.single("http_tls_failures_total", "counter", "TLS handshakes that came to nothing.",
              as_double(http.tls_failed));
  text.single("http_connections_refused_total", "counter", "Connections refused for want of a descriptor.",
              as_double(http.refused));
  text.single("http_event_listeners", "gauge", "Event streams that are open.",
              as_double(http.event_listeners));
}

void add_log(MetricsWriter& text, const LogFacts& log) {
  text.head("log_lines_total", "counter", "Log lines, by level.");
  for (std::size_t level = 0; level < log.lines.size(); ++level) {
    text.line("log_lines_total", {{"level", log_level_name(static_cast<LogLevel>(level))}},
              as_double(log.lines[level]));
  }
  text.single("log_lines_lost_total", "counter",
              "Log lines that standard error, journal or file did not take.", as_double(log.lost));
}

void add_alerts(MetricsWriter& text, const std::vector<AlertCount>& alerts) {
  text.head("alerts_open", "gauge", "Alerts that are open, by severity.");
  for (const AlertCount& alert : alerts)
    text.line("alerts_open", {{"severity", alert.severity}}, as_double(alert.open));
}

void add_notices(MetricsWriter& text, const ServiceFacts& facts) {
  text.head("alert_notices_total", "counter",
            "Notices of alerts, by receiver and what became of them: sent, failed (refused for good), "
            "dropped (too old or too many).");
  for (const NoticeCount& notices : facts.notices) {
    const auto line = [&](std::string_view result, std::uint64_t count) {
      text.line("alert_notices_total", {{"sink", notices.sink}, {"result", result}}, as_double(count));
    };
    line("sent", notices.sent);
    line("failed", notices.failed);
    line("dropped", notices.dropped);
  }
  text.single("alert_notices_held_back_total", "counter", "Notices that a digest told instead.",
              as_double(facts.notices_held_back));
}

}  // namespace

void add_service_metrics(MetricsWriter& text, const Snapshot& snapshot) {
  text.head("build_info", "gauge", "Version of the supervisor; always 1.");
  text.line("build_info", {{"version", snapshot.version}}, 1);
  for (const auto& metric : service_metrics) {
    if (const auto value = metric.value(snapshot)) text.single(metric.name, metric.type, metric.help, *value);
  }
}

void add_fact_metrics(MetricsWriter& text, const ServiceFacts& facts) {
  if (facts.process) add_process(text, *facts.process);
  if (facts.http) add_http(text, *facts.http);
  if (facts.log) add_log(text, *facts.log);
  if (!facts.alerts.empty()) add_alerts(text, facts.alerts);
  if (!facts.notices.empty()) add_notices(text, facts);
}

}  // namespace supervisor
