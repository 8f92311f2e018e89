// What the supervisor counts of itself beside the snapshot, for metrics. Plain data, filled by the daemon at
// each scrape. All counters begin at 0 with the process, which Prometheus knows how to read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace supervisor {

struct ProcessFacts {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0, virtual_bytes = 0;
  std::uint64_t open_fds = 0, max_fds = 0;
  double start_time_seconds = 0;  // Unix time
};

struct HttpFacts {
  struct Requests {
    std::string_view request_class;  // playlist media api page events
    int status = 0;
    std::uint64_t count = 0;
  };
  std::vector<Requests> requests;
  std::uint64_t accepted = 0, sent_bytes = 0, timed_out = 0, refused = 0, tls_failed = 0;
  std::uint64_t connections = 0, waiting = 0, event_listeners = 0;
};

struct LogFacts {
  std::array<std::uint64_t, 5> lines{};  // by LogLevel
  std::uint64_t lost = 0;
};

struct AlertCount {
  std::string_view severity;  // info warning critical
  std::uint64_t open = 0;
};

struct NoticeCount {
  std::string sink;  // "email", "webhook-1"
  std::uint64_t sent = 0, failed = 0, dropped = 0;
};

struct ServiceFacts {
  std::optional<ProcessFacts> process;
  std::optional<HttpFacts> http;
  std::optional<LogFacts> log;
  std::vector<AlertCount> alerts;  // one for each severity; empty: nobody counts them
  std::vector<NoticeCount> notices;
  std::uint64_t notices_held_back = 0;  // and told by a digest, not one by one
};

}  // namespace supervisor
