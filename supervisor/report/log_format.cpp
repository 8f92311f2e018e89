#include "supervisor/report/log_format.h"

#include <array>

#include "supervisor/report/json_parts.h"

namespace supervisor {
namespace {

constexpr std::size_t level_width = 5;

std::string_view color_of(LogLevel level) {
  constexpr std::array<std::string_view, 5> colors = {"\033[37m", "\033[36m", "\033[32m", "\033[33m\033[1m",
                                                      "\033[31m\033[1m"};
  return colors.at(static_cast<std::size_t>(level));
}

std::string json_line(const LogEntry& entry) {
  Json json = {{"at", format_rfc3339(entry.at)}, {"level", log_level_name(entry.level)}};
  if (!entry.stream.empty()) {
    json["stream"] = entry.stream;
    if (entry.generation > 0) json["generation"] = entry.generation;
  }
  json["text"] = entry.text;
  return dump(json) + "\n";
}

std::string text_line(const LogEntry& entry, bool color) {
  std::string line = format_rfc3339(entry.at) + " ";
  const std::string_view level = log_level_name(entry.level);
  if (color) line += color_of(entry.level);
  line.append(level).append(level_width - level.size(), ' ');
  if (color) line += "\033[m";
  line += ' ';
  if (!entry.stream.empty()) line += log_prefix(entry.stream, entry.generation);
  return line.append(entry.text).append("\n");
}

void add_field(std::string& record, std::string_view name, std::string_view value) {
  record.append(name);
  if (value.find('\n') == std::string_view::npos) {
    record.append("=").append(value).append("\n");
    return;
  }
  record += '\n';
  for (unsigned shift = 0; shift < 64; shift += 8)
    record += static_cast<char>((static_cast<std::uint64_t>(value.size()) >> shift) & 0xff);
  record.append(value).append("\n");
}

}  // namespace

std::string format_log_line(const LogEntry& entry, LogStyle style) {
  return style == LogStyle::Json ? json_line(entry) : text_line(entry, style == LogStyle::ColorText);
}

std::string format_journal_record(const LogEntry& entry) {
  std::string record;
  const std::string prefix =
      entry.stream.empty() ? std::string() : log_prefix(entry.stream, entry.generation);
  add_field(record, "MESSAGE", prefix + entry.text);
  add_field(record, "PRIORITY", std::to_string(syslog_priority(entry.level)));
  add_field(record, "LEVEL", log_level_name(entry.level));
  add_field(record, "SYSLOG_IDENTIFIER", "streamer-supervisor");
  if (!entry.stream.empty()) {
    add_field(record, "STREAM", entry.stream);
    if (entry.generation > 0) add_field(record, "GENERATION", std::to_string(entry.generation));
  }
  if (!entry.code_file.empty()) {
    add_field(record, "CODE_FILE", entry.code_file);
    add_field(record, "CODE_LINE", std::to_string(entry.code_line));
  }
  return record;
}

int syslog_priority(LogLevel level) {
  constexpr std::array priorities = {7, 7, 6, 4, 3};
  return priorities.at(static_cast<std::size_t>(level));
}

bool is_journal_stream(std::string_view journal_stream, std::uint64_t device, std::uint64_t inode) {
  return journal_stream == std::to_string(device) + ":" + std::to_string(inode);
}

}  // namespace supervisor
