#include "supervisor/alerts/alert_json.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;
using testing::HasSubstr;
using testing::SizeIs;

const WallTime wall = *parse_rfc3339("2026-11-21T12:00:00Z");
constexpr MonoTime start{std::chrono::hours(100)};

Condition condition() {
  Condition made;
  made.rule = AlertRule::StreamInactive;
  made.stream = "desktop";
  made.title = "no picture";
  made.detail = "why";
  return made;
}

AlertBook one_open() {
  AlertBook book{Alerts{}};
  book.observe({condition()}, start, wall);
  book.observe({condition()}, start + 10s, wall + 10s);
  return book;
}

TEST(AlertJson, an_alert_has_the_fields_of_the_api) {
  const auto json = nlohmann::json::parse(alerts_json(one_open(), {}));
  ASSERT_THAT(json["active"], SizeIs(1));
  const auto alert = json["active"][0];
  EXPECT_EQ(alert["rule"], "stream_inactive");
  EXPECT_EQ(alert["severity"], "warning");
  EXPECT_EQ(alert["stream"], "desktop");
  EXPECT_EQ(alert["state"], "open");
  EXPECT_EQ(alert["title"], "no picture");
  EXPECT_EQ(alert["opened_at"], "2026-11-21T12:00:00.000Z");
  EXPECT_TRUE(alert["resolved_at"].is_null());
  EXPECT_EQ(alert["duration_seconds"], 10);
  EXPECT_EQ(alert["notified"], 1);
  EXPECT_EQ(alert["held_back"], 0);
  EXPECT_TRUE(json["history"].empty());
  EXPECT_EQ(json["held_back"], 0);
}

TEST(AlertJson, sinks_are_shown_with_what_they_did) {
  SinkStatus sink;
  sink.name = "webhook-1";
  sink.kind = SinkKind::Slack;
  sink.enabled = true;
  sink.state = "failing";
  sink.last_error = "refused";
  sink.pending = 3;
  const auto json = nlohmann::json::parse(alerts_json(one_open(), {sink}))["sinks"][0];
  EXPECT_EQ(json["kind"], "slack");
  EXPECT_EQ(json["state"], "failing");
  EXPECT_TRUE(json["last_delivery_at"].is_null());
  EXPECT_EQ(json["pending"], 3);
}

TEST(AlertJson, an_event_is_the_alert_and_its_change) {
  Alert alert;
  alert.id = "7";
  const auto json = nlohmann::json::parse(alert_event_json({AlertChange::Kind::StillOpen, alert}));
  EXPECT_EQ(json["change"], "still_open");
  EXPECT_EQ(json["id"], "7");
}

TEST(AlertJson, results_of_a_test_are_listed) {
  const auto json = nlohmann::json::parse(alert_test_json({{"email", SinkKind::Email, false, 12, "no"}}));
  EXPECT_EQ(json["results"][0]["sink"], "email");
  EXPECT_EQ(json["results"][0]["took_ms"], 12);
}

TEST(AlertJson, a_generic_receiver_gets_the_alert_or_null) {
  AlertNotice notice;
  notice.kind = AlertNotice::Kind::Opened;
  notice.id = "7-1";
  notice.alert.id = "7";
  EXPECT_EQ(nlohmann::json::parse(notice_body_json(notice, "kiosk", wall))["alert"]["id"], "7");
  notice.kind = AlertNotice::Kind::Digest;
  notice.lines = {"a"};
  const auto digest = nlohmann::json::parse(notice_body_json(notice, "kiosk", wall));
  EXPECT_TRUE(digest["alert"].is_null());
  EXPECT_EQ(digest["lines"][0], "a");
}

TEST(AlertJson, a_queue_is_read_back_as_it_was) {
  SavedQueue queue;
  queue.lost = 2;
  AlertNotice notice;
  notice.id = "7-1";
  notice.kind = AlertNotice::Kind::Resolved;
  notice.at = wall;
  notice.alert = one_open().open().at(0);
  notice.alert.subject = "cpu";
  notice.alert.resolved_at = wall + 5s;
  notice.count = 3;
  notice.lines = {"a", "b"};
  queue.notices = {notice};
  const auto read = parse_queue(format_queue(queue));
  ASSERT_TRUE(read) << read.error().reason;
  EXPECT_EQ(format_queue(*read), format_queue(queue));
  EXPECT_EQ(read->notices[0].alert.subject, "cpu");
}

TEST(AlertJson, files_that_are_none_are_refused_with_a_reason) {
  for (const char* text : {"", "[]", "{}", "nonsense", "{\"version\":2}", "{\"version\":1e999}", "\xff"}) {
    EXPECT_FALSE(parse_saved_alerts(text)) << text;
    EXPECT_FALSE(parse_queue(text)) << text;
  }
  EXPECT_THAT(parse_queue("{\"version\":2}").error().reason, HasSubstr("another version"));
}

TEST(AlertJson, what_cannot_be_read_of_a_file_is_counted_or_left_out) {
  const auto queue = parse_queue(R"({"version":1,"notices":[1,null,{"id":5},{"kind":"opened"}]})");
  ASSERT_TRUE(queue);
  EXPECT_EQ(queue->lost, 4);
  const auto saved = parse_saved_alerts(
      R"({"version":1,"open":[{},{"rule":"x"},7],"history":"no","held_back":{"count":-5,"lines":[1]}})");
  ASSERT_TRUE(saved);
  EXPECT_TRUE(saved->open.empty());
  EXPECT_EQ(saved->held_back.count, 0);
}

}  // namespace
}  // namespace supervisor
