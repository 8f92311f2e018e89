// The last log lines in memory, for GET /api/logs and the dashboard: a bounded ring of structured lines.
// Pure, one owner (the event loop); LogSink (log_sink.h) brings the lines of spdlog. Lines about a stream
// begin with the prefix of log_prefix(), which split_log_prefix() turns into fields again.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/result.h"
#include "supervisor/report/wall_time.h"

namespace supervisor {

enum class LogLevel { Trace, Debug, Info, Warn, Error };

std::string_view log_level_name(LogLevel level);
std::optional<LogLevel> parse_log_level(std::string_view name);

struct LogEntry {
  std::uint64_t id = 0;  // given by the buffer, rises by one a line: the "Last-Event-ID" of the log stream
  WallTime at;
  LogLevel level = LogLevel::Info;
  std::string stream;            // empty: the service itself
  std::uint64_t generation = 0;  // 0: no worker's
  std::string text;
  std::string_view code_file = {};  // lives as long as the program; empty: not known
  int code_line = 0;
};

// "[desktop/12] ": stream and generation, to be written before the text of a log line about a stream.
std::string log_prefix(std::string_view stream, std::uint64_t generation);
// Moves such a prefix from the front of the text into the fields; does nothing where there is none.
void split_log_prefix(LogEntry& entry);

// Which lines: all conditions hold; the newest `limit` of them, oldest first.
struct LogFilter {
  LogLevel level = LogLevel::Trace;  // this or worse
  std::string stream;                // empty: all
  std::optional<WallTime> since;     // not older
  std::optional<std::uint64_t> after_id;
  std::size_t limit = 200;
};

// From the parameters of GET /api/logs as name -> value: level, stream, since (RFC 3339, or the id of the
// last line seen), limit. An unknown name, level or time is an error that says what is allowed.
common::Result<LogFilter> parse_log_filter(const std::map<std::string, std::string>& parameters);

class LogBuffer {
 public:
  static constexpr std::size_t entries_default = 2000;
  static constexpr std::size_t entries_per_answer_max = 2000;
  static constexpr std::size_t text_bytes_max = 1024;

  explicit LogBuffer(std::size_t entries_max = entries_default) : entries_max_(entries_max) {}

  // Cuts the text, splits its prefix into fields where these are empty, gives the id; the entry as kept
  // (valid until the next add()).
  const LogEntry& add(LogEntry entry);

  // {"logs":[{id,at,level,stream,generation,text}...],"last_id":N,"forgotten":N}; forgotten: lines that no
  // longer fitted since the start.
  std::string select_json(const LogFilter& query) const;

  std::size_t size() const { return entries_.size(); }
  std::uint64_t last_id() const { return last_id_; }
  // Lines of this level since the start, forgotten ones too.
  std::uint64_t count(LogLevel level) const { return counts_.at(static_cast<std::size_t>(level)); }

 private:
  std::size_t entries_max_;
  std::uint64_t last_id_ = 0;
  std::array<std::uint64_t, 5> counts_{};  // by level
  std::deque<LogEntry> entries_;
};

}  // namespace supervisor
