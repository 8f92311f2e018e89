#include "supervisor/report/log_buffer.h"

#include <gmock/gmock.h>
#include <spdlog/logger.h>

#include <nlohmann/json.hpp>

#include "supervisor/report/event_json.h"
#include "supervisor/report/log_sink.h"

namespace supervisor {
namespace {

using nlohmann::json;

const WallTime noon = *parse_rfc3339("2026-03-01T12:00:00Z");

LogEntry line(LogLevel level, const std::string& text, int seconds = 0) {
  LogEntry entry;
  entry.at = noon + std::chrono::seconds(seconds);
  entry.level = level;
  entry.text = text;
  return entry;
}

std::vector<std::string> texts(const LogBuffer& buffer, const LogFilter& query) {
  std::vector<std::string> found;
  const json answer = json::parse(buffer.select_json(query));
  for (const auto& log : answer["logs"]) found.push_back(log["text"]);
  return found;
}

LogFilter query(const std::map<std::string, std::string>& parameters) {
  return parse_log_filter(parameters).value();
}

TEST(WallTimeText, a_year_beyond_the_clock_is_no_time) {
  EXPECT_TRUE(supervisor::parse_rfc3339("2260-12-31T23:59:59Z"));
  EXPECT_FALSE(supervisor::parse_rfc3339("2261-01-01T00:00:00Z"));
  EXPECT_TRUE(supervisor::parse_rfc3339("1679-01-01T00:00:00Z"));
  EXPECT_FALSE(supervisor::parse_rfc3339("1678-12-31T23:59:59Z"));
}

TEST(LogBuffer, keeps_the_newest_lines_and_says_how_many_it_forgot) {
  LogBuffer buffer(3);
  for (int i = 1; i <= 5; ++i) buffer.add(line(LogLevel::Info, std::to_string(i)));
  EXPECT_EQ(texts(buffer, {}), (std::vector<std::string>{"3", "4", "5"}));
  const json answer = json::parse(buffer.select_json({}));
  EXPECT_EQ(answer["last_id"], 5);
  EXPECT_EQ(answer["forgotten"], 2);
  EXPECT_EQ(answer["logs"][0]["id"], 3);
}

TEST(LogBuffer, answers_the_newest_lines_when_the_limit_is_smaller) {
  LogBuffer buffer;
  for (int i = 1; i <= 5; ++i) buffer.add(line(LogLevel::Info, std::to_string(i)));
  EXPECT_EQ(texts(buffer, query({{"limit", "2"}})), (std::vector<std::string>{"4", "5"}));
}

TEST(LogBuffer, filters_by_level_stream_time_and_id) {
  LogBuffer buffer;
  buffer.add(line(LogLevel::Info, "[desktop/1] started", 0));
  buffer.add(line(LogLevel::Error, "[wall/7] gone", 10));
  buffer.add(line(LogLevel::Warn, "disk nearly full", 20));
  EXPECT_EQ(texts(buffer, query({{"level", "warn"}})),
            (std::vector<std::string>{"gone", "disk nearly full"}));
  EXPECT_EQ(texts(buffer, query({{"stream", "wall"}})), (std::vector<std::string>{"gone"}));
  EXPECT_EQ(texts(buffer, query({{"since", "2026-03-01T12:00:10Z"}})),
            (std::vector<std::string>{"gone", "disk nearly full"}));
  EXPECT_EQ(texts(buffer, query({{"since", "2"}})), (std::vector<std::string>{"disk nearly full"}));
  EXPECT_TRUE(texts(buffer, query({{"stream", "wall"}, {"since", "2026-03-01T13:00:11+01:00"}})).empty());
}

TEST(LogBuffer, turns_the_prefix_of_a_line_into_fields) {
  LogBuffer buffer;
  const LogEntry& entry = buffer.add(line(LogLevel::Info, log_prefix("desktop", 12) + "worker ready"));
  EXPECT_EQ(entry.stream, "desktop");
  EXPECT_EQ(entry.generation, 12u);
  EXPECT_EQ(entry.text, "worker ready");
}

TEST(LogBuffer, leaves_text_that_only_looks_like_a_prefix) {
  LogBuffer buffer;
  for (const char* text :
       {"[desktop/x] a", "[Desktop/1] a", "[desktop/1]a", "[] /", "[/1] a", "[a/1", "/[a] b", ""}) {
    const LogEntry& entry = buffer.add(line(LogLevel::Info, text));
    EXPECT_EQ(entry.text, text);
    EXPECT_EQ(entry.stream, "") << text;
  }
}

TEST(LogBuffer, a_line_with_fields_keeps_a_prefix_in_its_text) {
  LogBuffer buffer;
  LogEntry entry = line(LogLevel::Info, "[other/9] said by the worker");
  entry.stream = "desktop";
  entry.generation = 3;
  EXPECT_EQ(buffer.add(entry).stream, "desktop");
  EXPECT_EQ(buffer.add(entry).text, "[other/9] said by the worker");
}

TEST(LogBuffer, cuts_long_lines_and_escapes_what_no_terminal_should_get) {
  LogBuffer buffer;
  EXPECT_EQ(buffer.add(line(LogLevel::Info, "a\x1b[31m\xff")).text, "a\\x1b[31m\\xff");
  EXPECT_LE(buffer.add(line(LogLevel::Info, std::string(10 << 20, 'x'))).text.size(),
            LogBuffer::text_bytes_max);
  EXPECT_TRUE(json::accept(buffer.select_json({})));
}

TEST(LogFilter, refuses_what_it_does_not_know_and_says_what_is_allowed) {
  const auto reason = [](const std::string& name, const std::string& value) {
    const auto parsed = parse_log_filter({{name, value}});
    return parsed ? "accepted" : parsed.error().reason;
  };
  EXPECT_THAT(reason("level", "loud"), testing::HasSubstr("trace, debug, info, warn, error"));
  EXPECT_THAT(reason("stream", "../x"), testing::HasSubstr("[a-z0-9_-]"));
  EXPECT_THAT(reason("since", "yesterday"), testing::HasSubstr("2026-"));
  EXPECT_THAT(reason("limit", "0"), testing::HasSubstr("from 1 to 2000"));
  EXPECT_THAT(reason("limit", "2001"), testing::HasSubstr("from 1 to 2000"));
  EXPECT_EQ(reason("limit", "2000"), "accepted");
  EXPECT_THAT(reason("lines", "3"), testing::HasSubstr("allowed are level, stream, since, limit"));
}

TEST(LogSink, brings_every_line_of_a_logger_with_its_level) {
  std::vector<LogEntry> entries;
  spdlog::logger logger("test", std::make_shared<LogSink>([&](LogEntry entry) { entries.push_back(entry); }));
  logger.set_level(spdlog::level::trace);
  logger.critical("[desktop/4] {} percent", 99);
  logger.debug("small");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].level, LogLevel::Error);
  EXPECT_EQ(entries[0].text, "99 percent");
  EXPECT_EQ(entries[0].stream, "desktop");
  EXPECT_EQ(entries[0].generation, 4u);
  EXPECT_EQ(entries[1].level, LogLevel::Debug);
  EXPECT_GT(entries[0].at, noon - std::chrono::hours(24 * 365 * 10));
}

TEST(RFC3339, reads_offsets_and_fractions_and_writes_utc) {
  const auto again = [](const char* text) {
    const auto time = parse_rfc3339(text);
    return time ? format_rfc3339(*time) : "refused";
  };
  EXPECT_EQ(again("2026-03-01T12:00:00Z"), "2026-03-01T12:00:00.000Z");
  EXPECT_EQ(again("2026-03-01T12:00:00.1239+01:30"), "2026-03-01T10:30:00.123Z");
  EXPECT_EQ(again("1969-12-31T23:59:59.500Z"), "1969-12-31T23:59:59.500Z");
  for (const char* text :
       {"2026-02-30T12:00:00Z", "2026-03-01", "2026-03-01T12:00:00", "2026-03-01T24:00:00Z",
        "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00Zx", "-026-03-01T12:00:00Z", ""}) {
    EXPECT_EQ(again(text), "refused") << text;
  }
}

}  // namespace
}  // namespace supervisor
