#include "supervisor/report/log_format.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace supervisor {
namespace {

using testing::HasSubstr;
using testing::Not;

LogEntry entry_of(LogLevel level, std::string text, std::string stream = "", std::uint64_t generation = 0) {
  LogEntry entry;
  entry.at = *parse_rfc3339("2026-03-01T12:00:00.250Z");
  entry.level = level;
  entry.stream = std::move(stream);
  entry.generation = generation;
  entry.text = std::move(text);
  return entry;
}

TEST(LogFormat, text_lines_are_for_people) {
  EXPECT_EQ(format_log_line(entry_of(LogLevel::Info, "up"), LogStyle::Text),
            "2026-03-01T12:00:00.250Z info  up\n");
  EXPECT_EQ(format_log_line(entry_of(LogLevel::Error, "gone", "desktop", 12), LogStyle::Text),
            "2026-03-01T12:00:00.250Z error [desktop/12] gone\n");
  EXPECT_THAT(format_log_line(entry_of(LogLevel::Warn, "x"), LogStyle::ColorText),
              HasSubstr("\033[33m\033[1mwarn \033[m x"));
}

TEST(LogFormat, json_lines_have_fields) {
  const std::string line =
      format_log_line(entry_of(LogLevel::Warn, "say \"x\"", "desktop", 12), LogStyle::Json);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json, (nlohmann::json{{"at", "2026-03-01T12:00:00.250Z"},
                                  {"level", "warn"},
                                  {"stream", "desktop"},
                                  {"generation", 12},
                                  {"text", "say \"x\""}}));
  EXPECT_FALSE(nlohmann::json::parse(format_log_line(entry_of(LogLevel::Info, "x"), LogStyle::Json))
                   .contains("stream"));
}

TEST(LogFormat, the_journal_gets_fields) {
  EXPECT_EQ(
      format_journal_record(entry_of(LogLevel::Warn, "late", "desktop", 12)),
      "MESSAGE=[desktop/12] "
      "late\nPRIORITY=4\nLEVEL=warn\nSYSLOG_IDENTIFIER=streamer-supervisor\nSTREAM=desktop\nGENERATION=12\n");
  LogEntry entry = entry_of(LogLevel::Error, "x");
  entry.code_file = "a.cpp";
  entry.code_line = 7;
  const std::string record = format_journal_record(entry);
  EXPECT_THAT(record, HasSubstr("CODE_FILE=a.cpp\nCODE_LINE=7\n"));
  EXPECT_THAT(record, Not(HasSubstr("STREAM")));
}

TEST(LogFormat, a_line_break_can_forge_no_field) {
  const std::string record = format_journal_record(entry_of(LogLevel::Info, "a\nPRIORITY=0"));
  EXPECT_EQ(record.substr(0, 28), std::string("MESSAGE\n\x0c\0\0\0\0\0\0\0a\nPRIORITY=0", 28));
}

TEST(LogFormat, priorities_are_those_of_syslog) {
  EXPECT_EQ(syslog_priority(LogLevel::Trace), 7);
  EXPECT_EQ(syslog_priority(LogLevel::Debug), 7);
  EXPECT_EQ(syslog_priority(LogLevel::Info), 6);
  EXPECT_EQ(syslog_priority(LogLevel::Warn), 4);
  EXPECT_EQ(syslog_priority(LogLevel::Error), 3);
}

TEST(LogFormat, only_the_very_file_is_the_journal) {
  EXPECT_TRUE(is_journal_stream("8:1234", 8, 1234));
  EXPECT_FALSE(is_journal_stream("8:1234", 8, 123));
  EXPECT_FALSE(is_journal_stream("", 0, 0));
}

}  // namespace
}  // namespace supervisor
