#include "supervisor/client_logs.h"

#include <sysexits.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "supervisor/client_text.h"
#include "supervisor/report/log_buffer.h"
#include "supervisor/sse_reader.h"

namespace supervisor {
namespace {

using nlohmann::json;

// ':' and '+' of a time must not be taken for something else.
std::string escaped(const std::string& value) {
  constexpr char hex[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_') {
      text += c;
    } else {
      text += {'%', hex[byte >> 4], hex[byte & 15]};
    }
  }
  return text;
}

std::string target_of(const LogsCommand& command) {
  std::string target = "/api/logs?limit=" + std::to_string(command.lines);
  if (!command.level.empty()) target += "&level=" + escaped(command.level);
  if (!command.stream.empty()) target += "&stream=" + escaped(command.stream);
  if (!command.since.empty()) target += "&since=" + escaped(command.since);
  return target;
}

// Which lines were printed already. Ids count from one in every life of the service, times go on.
class Follower {
 public:
  explicit Follower(const LogsCommand& command) : command_(command) {}

  int run() {
    std::chrono::milliseconds pause = log_retry_min;
    for (;;) {
      const common::Error ended = follow(
          command_.service, "/api/logs/stream",
          [&] {
            if (away_) std::cerr << "connected again\n";
            away_ = false;
            pause = log_retry_min;
            catch_up();
          },
          [this](std::string_view bytes) {
            reader_.feed(bytes, [this](const SseEvent& event) { take(event); });
          });
      const int status = ended.system_errno;
      if (status >= 400 && status != 503 && status != 429) {
        std::cerr << ended.reason << '\n';
        return exit_code_of(Answer{status, {}});
      }
      if (!away_) std::cerr << ended.reason << "; trying again\n";
      away_ = true;
      reader_ = {};
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, log_retry_max);
    }
  }

 private:
  // What happened before the stream was there, and while it was away.
  void catch_up() {
    LogsCommand missed = command_;
    if (!last_at_.empty()) {
      missed.since = last_at_;
      missed.lines = log_lines_max;
    }
    const auto answer = ask(missed.service, {.target = target_of(missed)});
    const json lines = answer && answer->ok() ? json::parse(answer->body, nullptr, false) : json();
    const std::uint64_t before = std::exchange(last_id_, 0);
    const std::string known = last_at_;
    if (!lines.is_object() || !lines.contains("logs")) return;  // the stream still goes on
    for (const json& line : lines["logs"]) {
      const std::string at = line.value("at", "");
      if (at == known && line.value("id", std::uint64_t{0}) <= before) continue;
      print(line);
    }
    last_id_ = lines.value("last_id", std::uint64_t{0});
  }

  void take(const SseEvent& event) {
    if (event.event != "log") return;
    const json line = json::parse(event.data, nullptr, false);
    if (!line.is_object() || line.value("id", std::uint64_t{0}) <= last_id_) return;
    last_id_ = line.value("id", last_id_);
    last_at_ = line.value("at", last_at_);
    const auto level = parse_log_level(line.value("level", ""));
    const auto wanted = parse_log_level(command_.level);
    if (level && wanted && *level < *wanted) return;
    if (!command_.stream.empty() && line.value("stream", "") != command_.stream) return;
    print(line);
  }

  void print(const json& line) {
    last_at_ = line.value("at", last_at_);
    std::cout << log_line(line) << std::endl;
  }

  const LogsCommand& command_;
  SseReader reader_;
  bool away_ = false;
  std::uint64_t last_id_ = 0;
  std::string last_at_;
};

int print_once(const LogsCommand& command) {
  const auto answer = ask(command.service, {.target = target_of(command)});
  if (!answer) {
    std::cerr << answer.error().reason << '\n';
    return EX_UNAVAILABLE;
  }
  if (!answer->ok()) {
    std::cerr << detail_of(*answer) << '\n';
    return exit_code_of(*answer);
  }
  const json lines = json::parse(answer->body);
  for (const json& line : lines.at("logs")) std::cout << log_line(line) << '\n';
  return 0;
}

}  // namespace

common::Result<std::string> parse_since(const std::string& since, std::chrono::system_clock::time_point now) {
  constexpr std::int64_t days_max = 3650;
  const std::size_t digits = since.find_first_not_of("0123456789");
  std::int64_t number = 0;
  const auto parsed = std::from_chars(since.data(), since.data() + since.size(), number);
  const std::string unit = digits == std::string::npos ? "" : since.substr(digits);
  const std::int64_t seconds =
      unit == "s" ? 1 : (unit == "m" ? 60 : (unit == "h" ? 3600 : (unit == "d" ? 86400 : 0)));
  if (parsed.ec == std::errc() && digits != 0 && seconds != 0 && number <= days_max * 86400 / seconds)
    return format_rfc3339(now - std::chrono::seconds(number * seconds));
  if (parse_rfc3339(since)) return since;
  return common::error("--since " + since +
                       ": an age such as 90s, 10m, 2h or 1d, or a time such as 2026-03-01T12:00:00Z");
}

int run_logs(const LogsCommand& given) {
  LogsCommand command = given;
  if (!command.since.empty()) {
    const auto since = parse_since(command.since, std::chrono::system_clock::now());
    if (!since) {
      std::cerr << since.error().reason << '\n';
      return EX_USAGE;
    }
    command.since = *since;
  }
  if (const auto place = parse_url(command.service.url); !place) {
    std::cerr << place.error().reason << '\n';
    return EX_USAGE;
  }
  return command.follow ? Follower(command).run() : print_once(command);
}

}  // namespace supervisor
