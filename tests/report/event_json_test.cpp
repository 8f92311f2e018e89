#include "supervisor/report/event_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/report/example_snapshot.h"

namespace supervisor {
namespace {

using nlohmann::json;

const WallTime noon = *parse_rfc3339("2026-03-01T12:00:00Z");

TEST(Events, of_a_log_line_stay_one_line) {
  LogEntry entry;
  entry.id = 9;
  entry.at = noon;
  entry.level = LogLevel::Warn;
  entry.stream = "desktop";
  entry.generation = 3;
  entry.text = "two\nlines\r";
  const std::string text = log_event_json(entry);
  EXPECT_EQ(text.find_first_of("\r\n"), std::string::npos);
  EXPECT_EQ(json::parse(text), (json{{"id", 9},
                                     {"at", "2026-03-01T12:00:00.000Z"},
                                     {"level", "warn"},
                                     {"stream", "desktop"},
                                     {"generation", 3},
                                     {"text", "two\nlines\r"}}));
}

TEST(Events, of_a_state_say_what_and_why) {
  StreamSnapshot stream = example_stream();
  stream.state = "backoff";
  stream.on_air = StreamSnapshot::OnAir::Bridge;
  stream.reason = "worker crashed: signal 11";
  stream.next_retry_ms = 250;
  const json event = json::parse(state_event_json(stream, noon));
  EXPECT_EQ(event["state"], "backoff");
  EXPECT_EQ(event["current_state"], "ERROR");
  EXPECT_EQ(event["on_air"], "bridge");
  EXPECT_EQ(event["reason"], "worker crashed: signal 11");
  EXPECT_EQ(event["next_retry_ms"], 250);
}

TEST(Events, of_metrics_are_much_smaller_than_the_status) {
  const std::string text = metrics_event_json(example_snapshot(), noon);
  EXPECT_LT(text.size(), 800u);
  EXPECT_EQ(json::parse(text)["streams"][0]["worker"]["rss_mb"], 96.5);
}

TEST(Events, of_an_incident_carry_null_until_it_is_over) {
  IncidentRecord incident;
  incident.id = "20260301T120000-0005";
  incident.stream = "desktop";
  incident.failure_class = "hang";
  incident.action = "standby 8 promoted";
  incident.detected_at = "2026-03-01T12:00:00.000Z";
  const json opened = json::parse(incident_event_json(incident));
  EXPECT_EQ(opened["change"], "opened");
  EXPECT_TRUE(opened["recovery_ms"].is_null());
  EXPECT_TRUE(opened["closed_at"].is_null());
  incident.closed_at = "2026-03-01T12:00:00.310Z";
  incident.recovered = true;
  incident.recovery_ms = 310;
  const json event = json::parse(incident_event_json(incident));
  EXPECT_EQ(event["change"], "closed");
  EXPECT_EQ(event["class"], "hang");
  EXPECT_EQ(event["recovery_ms"], 310);
}

}  // namespace
}  // namespace supervisor
