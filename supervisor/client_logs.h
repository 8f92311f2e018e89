// `streamer-supervisor logs`: the last lines, and with -f those that come, over restarts of the service.
// Blocking: for the command line only.
#pragma once

#include <chrono>
#include <string>

#include "common/result.h"
#include "supervisor/client_http.h"

namespace supervisor {

struct LogsCommand {
  ServiceAddress service;
  bool follow = false;
  std::string level;   // this or worse; empty: all
  std::string stream;  // empty: all
  std::string since;   // RFC 3339, or an age such as 90s, 10m, 2h, 1d; empty: no limit
  int lines = 100;
};

inline constexpr int log_lines_max = 1000;  // of one answer of the service
// Between two attempts to reach a service that is away; grows to the second.
inline constexpr std::chrono::milliseconds log_retry_min{500};
inline constexpr std::chrono::milliseconds log_retry_max{5'000};

// "10m" before `now`, or the time itself, as RFC 3339; the error says what is allowed. Pure.
common::Result<std::string> parse_since(const std::string& since, std::chrono::system_clock::time_point now);

// Prints to stdout, what happens to the connection to stderr. With -f it ends only by a signal, or when the
// service refuses: 77, 64.
int run_logs(const LogsCommand& command);

}  // namespace supervisor
