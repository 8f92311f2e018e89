// What the self-probe changes in health, readiness, status and events.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "supervisor/report/event_json.h"
#include "supervisor/report/status_json.h"
#include "tests/report/example_snapshot.h"

namespace supervisor {
namespace {

using nlohmann::json;
const WallTime noon = WallTime(std::chrono::seconds(1772366400));

Snapshot probed(bool ok, double failing_seconds) {
  Snapshot snapshot = example_snapshot();
  StreamSnapshot& stream = snapshot.streams[0];
  stream.self_probe_ok = ok;
  stream.self_probe_error = ok ? "" : "the newest media is 9000 ms old";
  stream.self_probe = {"2026-03-01T11:59:58.000Z", 12, 150, 180, 77, ok, failing_seconds};
  return snapshot;
}

TEST(SelfProbeJson, stands_in_the_detailed_health) {
  const json health = json::parse(health_detailed_json(probed(true, 0), noon).json);
  EXPECT_EQ(health["self_probe"]["ok"], true);
  const json& stream = health["self_probe"]["streams"]["desktop"];
  EXPECT_EQ(stream["ok"], true);
  EXPECT_EQ(stream["checked_at"], "2026-03-01T11:59:58.000Z");
  EXPECT_EQ(stream["took_ms"], 12);
  EXPECT_EQ(stream["playlist_age_ms"], 150);
  EXPECT_EQ(stream["newest_part_age_ms"], 180);
  EXPECT_EQ(stream["media_sequence"], 77);
  EXPECT_EQ(stream["key_frame"], true);
  EXPECT_EQ(stream["error"], "");
}

TEST(SelfProbeJson, without_a_probe_there_is_no_verdict) {
  const json health = json::parse(health_detailed_json(example_snapshot(), noon).json);
  EXPECT_TRUE(health["self_probe"].is_null());
  EXPECT_TRUE(is_ready(example_snapshot()));
}

TEST(SelfProbeJson, one_stream_that_fails_fails_all) {
  Snapshot snapshot = probed(true, 0);
  snapshot.streams.push_back(probed(false, 3).streams[0]);
  snapshot.streams[1].name = "other";
  const json probe = json::parse(health_detailed_json(snapshot, noon).json)["self_probe"];
  EXPECT_EQ(probe["ok"], false);
  EXPECT_EQ(probe["streams"]["desktop"]["ok"], true);
  EXPECT_EQ(probe["streams"]["other"]["error"], "the newest media is 9000 ms old");
}

TEST(SelfProbeJson, a_short_failure_is_no_reason_to_turn_traffic_away) {
  EXPECT_FALSE(is_unplayable(probed(false, self_probe_grace_seconds - 0.1).streams[0]));
  EXPECT_TRUE(is_ready(probed(false, self_probe_grace_seconds - 0.1)));
  EXPECT_TRUE(is_unplayable(probed(false, self_probe_grace_seconds).streams[0]));
  EXPECT_FALSE(is_ready(probed(false, self_probe_grace_seconds)));
  EXPECT_TRUE(is_ready(probed(true, 0)));
}

TEST(SelfProbeJson, a_stream_that_nobody_wants_is_never_unplayable) {
  Snapshot snapshot = probed(false, 100);
  snapshot.streams[0].desired_up = false;
  EXPECT_TRUE(is_ready(snapshot));
}

TEST(SelfProbeJson, readiness_needs_the_picture) {
  Snapshot snapshot = probed(true, 0);
  snapshot.streams[0].on_air = StreamSnapshot::OnAir::Bridge;
  EXPECT_FALSE(is_ready(snapshot));
}

TEST(SelfProbeJson, the_event_names_the_stream) {
  const json event = json::parse(self_probe_event_json(probed(false, 1).streams[0]));
  EXPECT_EQ(event["stream"], "desktop");
  EXPECT_EQ(event["ok"], false);
  EXPECT_EQ(event["error"], "the newest media is 9000 ms old");
}

}  // namespace
}  // namespace supervisor
