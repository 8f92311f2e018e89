#include "supervisor/report/status_json.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/report/example_snapshot.h"

namespace supervisor {
namespace {

using nlohmann::json;
using OnAir = StreamSnapshot::OnAir;

const WallTime noon = *parse_rfc3339("2026-03-01T12:00:00Z");

std::set<std::string> names_of(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

Snapshot with(const std::string& state, OnAir on_air, bool desired_up = true) {
  Snapshot snapshot = example_snapshot();
  snapshot.streams[0].state = state;
  snapshot.streams[0].on_air = on_air;
  snapshot.streams[0].desired_up = desired_up;
  return snapshot;
}

TEST(Health, has_every_name_of_the_first_seed) {
  const json health = json::parse(health_json(example_snapshot(), noon).json);
  EXPECT_EQ(health["monitoring_active"], true);
  EXPECT_EQ(health["total_errors"], 2);
  EXPECT_EQ(health["recent_errors"], 1);
  EXPECT_EQ(health["current_state"], "PLAYING");
  EXPECT_EQ(health["stream_active"], true);
  EXPECT_EQ(health["mediamtx_running"], true);
  EXPECT_EQ(health["restart_count"], 3);
  EXPECT_EQ(health["last_error"], "Worker 11 ended: signal 9");
  EXPECT_EQ(health["uptime_minutes"], 45.2);
  EXPECT_EQ(health["streams"]["desktop"]["state"], "healthy");
  EXPECT_EQ(health["streams"]["desktop"]["reason"], "");
  EXPECT_EQ(health["streams"]["desktop"]["since"], "2026-03-01T11:58:29.500Z");
}

TEST(Health, is_503_whenever_a_wanted_stream_shows_something_else) {
  EXPECT_TRUE(health_json(with("healthy", OnAir::Picture), noon).ok);
  EXPECT_TRUE(health_json(with("degraded", OnAir::Picture), noon).ok);
  for (const auto on_air : {OnAir::Nothing, OnAir::Slate, OnAir::Bridge}) {
    for (const char* state : {"starting", "healthy", "degraded", "stopping", "backoff", "blocked", "hold"}) {
      const auto reply = health_json(with(state, on_air), noon);
      EXPECT_FALSE(reply.ok) << state;
      EXPECT_EQ(json::parse(reply.json)["stream_active"], false) << state;
    }
  }
}

TEST(Health, one_failing_stream_of_two_is_503) {
  Snapshot snapshot = example_snapshot();
  snapshot.streams.push_back(example_stream());
  snapshot.streams[1].name = "wall";
  EXPECT_TRUE(health_json(snapshot, noon).ok);
  snapshot.streams[1].on_air = OnAir::Bridge;
  const auto reply = health_json(snapshot, noon);
  EXPECT_FALSE(reply.ok);
  EXPECT_EQ(json::parse(reply.json)["current_state"], "RECOVERING");
}

TEST(Health, what_the_operator_stopped_or_paused_is_no_outage_and_not_active) {
  for (const auto& snapshot :
       {with("stopped", OnAir::Nothing, false), with("paused", OnAir::Slate), with("idle", OnAir::Nothing)}) {
    const auto reply = health_json(snapshot, noon);
    EXPECT_TRUE(reply.ok) << snapshot.streams[0].state;
    EXPECT_EQ(json::parse(reply.json)["stream_active"], false);
  }
}

TEST(Health, a_pause_is_no_outage_while_its_worker_is_replaced_but_without_a_playlist_it_is) {
  Snapshot snapshot = with("backoff", OnAir::Slate);
  snapshot.streams[0].paused = true;
  EXPECT_TRUE(health_json(snapshot, noon).ok);
  EXPECT_EQ(json::parse(status_json(snapshot, noon))["streams"][0]["paused"], true);
  EXPECT_EQ(json::parse(status_json(snapshot, noon))["streams"][0]["current_state"], "PAUSED");
  snapshot.streams[0].on_air = OnAir::Nothing;
  EXPECT_FALSE(health_json(snapshot, noon).ok);
}

TEST(Health, without_streams_is_stopped_and_not_active) {
  Snapshot snapshot = example_snapshot();
  snapshot.streams.clear();
  const json health = json::parse(health_json(snapshot, noon).json);
  EXPECT_EQ(health["current_state"], "STOPPED");
  EXPECT_EQ(health["stream_active"], false);
  EXPECT_TRUE(health["streams"].is_object());
}

TEST(Health, detailed_says_null_for_what_is_not_measured) {
  const json detailed = json::parse(health_detailed_json(example_snapshot(), noon).json);
  EXPECT_EQ(names_of(detailed["availability"]), (std::set<std::string>{"1h", "24h", "30d"}));
  EXPECT_TRUE(detailed["availability"]["1h"].is_null());
  EXPECT_TRUE(detailed["mttr_seconds"].is_null());
  EXPECT_TRUE(detailed["incidents"].is_array());
  EXPECT_EQ(detailed["streams"]["desktop"]["last_recovery_ms"], 140);
}

TEST(Health, detailed_has_availability_and_the_last_incidents) {
  Reliability reliability = example_reliability();
  const json detailed = json::parse(health_detailed_json(example_snapshot(), noon, reliability).json);
  EXPECT_EQ(detailed["availability"]["1h"], 0.999722);
  EXPECT_EQ(detailed["stream_availability"]["30d"], 1.0);
  EXPECT_EQ(detailed["mttr_seconds"], 0.25);
  EXPECT_EQ(detailed["mtbf_seconds"], 3600.0);
  EXPECT_EQ(detailed["incidents"][0]["action"], "standby 12 promoted");
  EXPECT_EQ(detailed["streams"]["desktop"]["availability"]["30d"], 0.998611);
}

TEST(Health, detailed_shows_the_ten_newest_incidents_of_all_streams) {
  Reliability reliability = example_reliability();
  StreamReliability& wall = reliability["wall"];
  wall.last.assign(10, reliability["desktop"].last[0]);
  for (std::size_t i = 0; i < 10; ++i) wall.last[i].id = "20260301T12000" + std::to_string(9 - i) + "-0000";
  const json detailed = json::parse(health_detailed_json(example_snapshot(), noon, reliability).json);
  ASSERT_EQ(detailed["incidents"].size(), 10u);
  EXPECT_EQ(detailed["incidents"][0]["id"], "20260301T120009-0000");
  EXPECT_EQ(detailed["incidents"][9]["id"], "20260301T120000-0000");
}

TEST(Status, says_how_the_standby_is_and_what_happened_last) {
  Snapshot snapshot = example_snapshot();
  EXPECT_TRUE(json::parse(status_json(snapshot, noon))["streams"][0]["last_incident"].is_null());
  snapshot.streams[0].standby = "ready";
  snapshot.streams[0].last_incident = "20260301T115800-0000";
  const json stream = json::parse(status_json(snapshot, noon))["streams"][0];
  EXPECT_EQ(stream["standby"], "ready");
  EXPECT_EQ(stream["last_incident"], "20260301T115800-0000");
}

struct Word {
  const char* state;
  OnAir on_air;
  bool desired_up;
  const char* word;
};

TEST(SeedState, maps_every_state_to_the_words_of_the_seed) {
  const std::vector<Word> words = {
      {"healthy", OnAir::Picture, true, "PLAYING"},    {"degraded", OnAir::Picture, true, "PLAYING"},
      {"healthy", OnAir::Slate, true, "RECOVERING"},   {"degraded", OnAir::Bridge, true, "RECOVERING"},
      {"starting", OnAir::Nothing, true, "STARTING"},  {"starting", OnAir::Bridge, true, "RECOVERING"},
      {"stopping", OnAir::Bridge, true, "RECOVERING"}, {"stopping", OnAir::Picture, false, "STOPPED"},
      {"backoff", OnAir::Bridge, true, "ERROR"},       {"blocked", OnAir::Nothing, true, "ERROR"},
      {"hold", OnAir::Nothing, true, "ERROR"},         {"stopped", OnAir::Nothing, false, "STOPPED"},
      {"paused", OnAir::Slate, true, "PAUSED"},        {"idle", OnAir::Nothing, true, "PAUSED"}};
  for (const auto& [state, on_air, desired_up, word] : words) {
    EXPECT_EQ(seed_state(with(state, on_air, desired_up).streams[0]), word) << state;
  }
}

TEST(SeedState, of_the_service_is_the_worst_of_the_wanted_streams) {
  Snapshot snapshot = with("healthy", OnAir::Picture);
  snapshot.streams.push_back(with("hold", OnAir::Nothing, false).streams[0]);
  EXPECT_EQ(seed_state(snapshot), "PLAYING");
  snapshot.streams[1].desired_up = true;
  EXPECT_EQ(seed_state(snapshot), "ERROR");
}

TEST(Status, has_every_name_of_the_first_seed) {
  const json status = json::parse(status_json(example_snapshot(), noon));
  EXPECT_EQ(status["service"]["active"], true);
  EXPECT_EQ(status["service"]["details"]["ActiveState"], "active");
  EXPECT_EQ(status["service"]["details"]["SubState"], "running");
  EXPECT_EQ(status["service"]["version"], "0.1.0");
  EXPECT_EQ(status["service"]["uptime_seconds"], 2712);
  EXPECT_EQ(status["stream"], (json{{"playlist_exists", true},
                                    {"segment_count", 10},
                                    {"total_size_mb", 10.0},
                                    {"output_dir_mb", 0.0},
                                    {"stream_active", true}}));
  EXPECT_EQ(status["health"], json::parse(health_json(example_snapshot(), noon).json));
  EXPECT_EQ(status["system"]["cpu_percent"], 25.3);
  EXPECT_EQ(status["system"]["memory_percent"], 45.2);
  EXPECT_EQ(status["system"]["disk_usage_percent"], 12.5);
}

TEST(Status, of_a_stream_has_every_name_of_the_contract) {
  const json stream = json::parse(status_json(example_snapshot(), noon))["streams"][0];
  const std::set<std::string> contract = {"name",
                                          "state",
                                          "reason",
                                          "desired",
                                          "generation",
                                          "worker_pid",
                                          "standby_pid",
                                          "uptime_seconds",
                                          "restart_count",
                                          "exit_codes",
                                          "recent_errors",
                                          "last_activity_ago",
                                          "last_exit",
                                          "last_recovery_ms",
                                          "next_retry_ms",
                                          "encoder",
                                          "width",
                                          "height",
                                          "fps",
                                          "bitrate_kbps",
                                          "frames_captured",
                                          "frames_encoded",
                                          "frames_dropped",
                                          "last_frame_age_ms",
                                          "last_part_age_ms",
                                          "media_sequence",
                                          "discontinuity_sequence",
                                          "segment_count",
                                          "viewers",
                                          "worker",
                                          "inputs",
                                          "active_input",
                                          "override_input",
                                          "exhausted",
                                          "switches",
                                          "push"};
  const auto names = names_of(stream);
  for (const auto& name : contract) EXPECT_TRUE(names.count(name)) << name;
  EXPECT_EQ(names_of(stream["worker"]), (std::set<std::string>{"rss_mb", "cpu_percent", "fds", "threads"}));
  EXPECT_EQ(
      names_of(stream["inputs"][0]),
      (std::set<std::string>{"input_priority", "type", "name", "status", "content", "last_packet_at", "fps",
                             "bitrate_kbps", "packet_loss", "penalty", "suppressed", "failures", "errors"}));
  EXPECT_EQ(stream["desired"], "up");
  EXPECT_EQ(stream["on_air"], "picture");
  EXPECT_EQ(stream["inputs"][0]["last_packet_at"], "2026-03-01T11:59:59.500Z");
  EXPECT_EQ(stream["inputs"][0]["errors"][0]["message"], "display_lost: no answer");
  EXPECT_TRUE(stream["inputs"][1]["last_packet_at"].is_null());
  EXPECT_EQ(stream["inputs"][1]["packet_loss"], 1.5);
  EXPECT_EQ(stream["inputs"][0]["content"], "good");
  EXPECT_EQ(stream["inputs"][1]["penalty"], 1000);
  EXPECT_TRUE(stream["override_input"].is_null());
  EXPECT_EQ(stream["switches"], json::parse(R"([{"at": "2026-03-01T11:59:00.000Z", "from": 1, "to": 0,
      "reason": "failback", "detail": "input 0 was stable for 30 s"}])"));
  EXPECT_TRUE(stream["next_retry_ms"].is_null());
}

TEST(Status, tells_the_operators_choice_and_when_no_input_works) {
  Snapshot snapshot = example_snapshot();
  const auto stream = [&] { return json::parse(status_json(snapshot, noon))["streams"][0]; };
  EXPECT_EQ(stream()["exhausted"], false);
  snapshot.streams[0].exhausted = true;
  snapshot.streams[0].override_input = 1;
  EXPECT_EQ(stream()["exhausted"], true);
  EXPECT_EQ(stream()["override_input"], 1);
}

TEST(Status, survives_bytes_and_numbers_no_json_can_hold) {
  Snapshot snapshot = example_snapshot();
  snapshot.last_error = "broken \xff\xc3 text";
  snapshot.streams[0].recent_errors = {"line\nbreak \x80"};
  snapshot.streams[0].fps = std::numeric_limits<double>::quiet_NaN();
  snapshot.streams[0].bitrate_kbps = std::numeric_limits<double>::infinity();
  snapshot.streams[0].state_seconds = -std::numeric_limits<double>::infinity();
  const std::string text = status_json(snapshot, noon);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const json stream = json::parse(text)["streams"][0];
  EXPECT_EQ(stream["fps"], 0);
  EXPECT_EQ(stream["bitrate_kbps"], 0);
  EXPECT_EQ(stream["since"], "2026-03-01T12:00:00.000Z");
}

}  // namespace
}  // namespace supervisor
