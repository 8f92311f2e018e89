#include "supervisor/report/log_buffer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/printable.h"
#include "supervisor/report/event_json.h"

namespace supervisor {
namespace {

constexpr std::array<std::string_view, 5> level_names = {"trace", "debug", "info", "warn", "error"};
constexpr std::size_t stream_name_length_max = 32;

bool is_stream_name(std::string_view name) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  return !name.empty() && name.size() <= stream_name_length_max &&
         name.find_first_not_of(allowed) == std::string_view::npos;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

common::Result<void> set_since(LogFilter& query, const std::string& value) {
  query.after_id = parse_number<std::uint64_t>(value);
  if (query.after_id) return {};
  query.since = parse_rfc3339(value);
  if (query.since) return {};
  return common::error("since: must be a time such as 2026-03-01T12:00:00Z, or the id of a log line");
}

common::Result<void> set_parameter(LogFilter& query, const std::string& name, const std::string& value) {
  if (name == "level") {
    const auto level = parse_log_level(value);
    if (!level) return common::error("level: must be one of trace, debug, info, warn, error");
    query.level = *level;
    return {};
  }
  if (name == "stream") {
    if (!is_stream_name(value))
      return common::error("stream: must be the name of a stream, [a-z0-9_-]{1,32}");
    query.stream = value;
    return {};
  }
  if (name == "since") return set_since(query, value);
  if (name == "limit") {
    const auto limit = parse_number<std::size_t>(value);
    if (!limit || *limit < 1 || *limit > LogBuffer::entries_per_answer_max) {
      return common::error("limit: must be a number from 1 to " +
                           std::to_string(LogBuffer::entries_per_answer_max));
    }
    query.limit = *limit;
    return {};
  }
  return common::error(common::printable(name, 32) +
                       ": unknown parameter; allowed are level, stream, since, limit");
}

bool matches(const LogEntry& entry, const LogFilter& query) {
  return entry.level >= query.level && (query.stream.empty() || entry.stream == query.stream) &&
         (!query.since || entry.at >= *query.since) && (!query.after_id || entry.id > *query.after_id);
}

}  // namespace

std::string_view log_level_name(LogLevel level) {
  return level_names.at(static_cast<std::size_t>(level));
}

std::optional<LogLevel> parse_log_level(std::string_view name) {
  if (name == "warning") name = "warn";
  const auto found = std::find(level_names.begin(), level_names.end(), name);
  if (found == level_names.end()) return std::nullopt;
  return static_cast<LogLevel>(found - level_names.begin());
}

std::string log_prefix(std::string_view stream, std::uint64_t generation) {
  std::string prefix = "[";
  return prefix.append(stream).append("/").append(std::to_string(generation)).append("] ");
}

void split_log_prefix(LogEntry& entry) {
  const std::string_view text = entry.text;
  const std::size_t slash = text.find('/');
  const std::size_t close = text.find("] ");
  if (text.empty() || text.front() != '[' || close == std::string_view::npos || slash > close) return;
  const std::string_view stream = text.substr(1, slash - 1);
  const auto generation = parse_number<std::uint64_t>(text.substr(slash + 1, close - slash - 1));
  if (!is_stream_name(stream) || !generation) return;
  entry.stream = stream;
  entry.generation = *generation;
  entry.text.erase(0, close + 2);
}

common::Result<LogFilter> parse_log_filter(const std::map<std::string, std::string>& parameters) {
  LogFilter query;
  for (const auto& [name, value] : parameters) {
    if (const auto set = set_parameter(query, name, value); !set) return set.error();
  }
  return query;
}

const LogEntry& LogBuffer::add(LogEntry entry) {
  if (entry.stream.empty()) split_log_prefix(entry);
  entry.text = common::printable(entry.text, text_bytes_max);
  entry.id = ++last_id_;
  ++counts_.at(static_cast<std::size_t>(entry.level));
  entries_.push_back(std::move(entry));
  if (entries_.size() > entries_max_) entries_.pop_front();
  return entries_.back();
}

std::string LogBuffer::select_json(const LogFilter& query) const {
  std::vector<const LogEntry*> chosen;
  const std::size_t limit = std::min(query.limit, entries_per_answer_max);
  for (auto entry = entries_.rbegin(); entry != entries_.rend() && chosen.size() < limit; ++entry) {
    if (matches(*entry, query)) chosen.push_back(&*entry);
  }
  std::string json = "{\"logs\":[";
  for (auto entry = chosen.rbegin(); entry != chosen.rend(); ++entry) {
    if (entry != chosen.rbegin()) json += ',';
    json += log_event_json(**entry);
  }
  json += "],\"last_id\":" + std::to_string(last_id_);
  json += ",\"forgotten\":" + std::to_string(last_id_ - entries_.size()) + "}";
  return json;
}

}  // namespace supervisor
