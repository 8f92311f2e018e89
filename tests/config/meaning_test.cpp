// What accepted documents mean.
#include <chrono>

#include "tests/config/config_test.h"

using supervisor::Milliseconds;
using testing::ElementsAre;
using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

TEST(ConfigMeaning, what_is_not_written_has_its_default) {
  supervisor::Config expected;
  expected.streams[0].name = "a";
  EXPECT_EQ(accepted(R"({"streams": [{"name": "a"}]})").config, expected);
}

TEST(ConfigMeaning, every_written_value_arrives) {
  const auto config = accepted(R"({
    "server": {"listen": ["127.0.0.1:1", "[::1]:2"], "limits": {"connections_max": 7, "idle_timeout": 1.5}},
    "streams": [{"name": "wall", "inputs": [{"type": "x11", "display": ":7", "capture": "x11grab", "cursor": false}],
      "video": {"width": 640, "height": 360, "fps": 25, "bitrate": 800, "keyframe_interval": 1.5,
                "encoder": "libx264", "preset": "ultrafast"},
      "hls": {"segment_duration": 1, "part_duration": 0.25, "window_segments": 6, "low_latency": false,
              "output_dir": "/srv/hls", "output_mode": "750"},
      "restart": {"max_restarts": 3, "restart_delay": 0.001, "strategies": {"crash": {"delay": 0.125}}},
      "errors": {"max_errors": 9}, "limits": {"worker_memory_mb": 0}, "timers": {"heartbeat": 0.5}}],
    "monitoring": {"check_interval": 30}, "log": {"level": "debug", "file": "/var/log/x.log"}})")
                          .config;
  EXPECT_THAT(config.server.listen, ElementsAre("127.0.0.1:1", "[::1]:2"));
  EXPECT_EQ(config.server.limits.connections_max, 7);
  EXPECT_EQ(config.server.limits.idle_timeout, Milliseconds(1500));
  const supervisor::Stream& stream = config.streams[0];
  EXPECT_EQ(stream.name, "wall");
  EXPECT_EQ(stream.inputs[0].display, ":7");
  EXPECT_EQ(stream.inputs[0].capture, "x11grab");
  EXPECT_FALSE(stream.inputs[0].cursor);
  EXPECT_EQ(stream.video, (common::VideoSettings{640, 360, 25, 800, 1.5, "libx264", "ultrafast"}));
  EXPECT_EQ(stream.hls, (supervisor::Hls{1, 0.25, 6, false, "/srv/hls", 0750, 0}));
  EXPECT_EQ(stream.restart.max_restarts, 3);
  EXPECT_EQ(stream.restart.restart_delay, Milliseconds(1));
  EXPECT_EQ(stream.restart.strategies.at("crash").delay, Milliseconds(125));
  EXPECT_EQ(stream.restart.strategies.at("encoder").max_attempts, 2);
  EXPECT_EQ(stream.errors.max_errors, 9);
  EXPECT_EQ(stream.limits.worker_memory_mb, 0);
  EXPECT_EQ(stream.timers.heartbeat, Milliseconds(500));
  EXPECT_EQ(config.monitoring.check_interval, Milliseconds(30'000));
  EXPECT_EQ(config.log.level, "debug");
}

TEST(ConfigMeaning, a_monitor_is_a_text_an_index_or_a_rectangle) {
  const auto input = [](const std::string& monitor) {
    return accepted(with_stream("\"inputs\": [{\"type\": \"x11\", \"monitor\": " + monitor + "}]"))
        .config.streams[0]
        .inputs[0];
  };
  EXPECT_EQ(input("\"HDMI-1\"").monitor, "HDMI-1");
  EXPECT_EQ(input("1").monitor, "1");
  EXPECT_EQ(input("1").region, std::nullopt);
  EXPECT_THAT(input(R"({"x": 10, "y": 0, "width": 640, "height": 480})").region,
              Optional(Eq(common::Region{10, 0, 640, 480})));
}

TEST(ConfigMeaning, a_recovery_that_cannot_be_switched_off_is_warned_of_and_one_that_can_is_not) {
  const auto warnings = [](const std::string& key) {
    return accepted(with_root(R"("monitoring": {"auto_recovery": {")" + key + R"(": false}})")).warnings;
  };
  for (const std::string key : {"service_restart", "stream_restart"}) {
    ASSERT_EQ(warnings(key).size(), 1u) << key;
    EXPECT_THAT(format_problem(warnings(key)[0]),
                HasSubstr("/monitoring/auto_recovery/" + key + ": warning: changes nothing"));
  }
  EXPECT_TRUE(warnings("resource_monitoring").empty()) << "no warning of high resource use is given";
}

TEST(ConfigMeaning, certificate_and_key_are_absolute_paths_and_a_key_needs_its_certificate) {
  EXPECT_EQ(
      accepted(with_root(R"("server": {"tls": {"certificate": "/a.pem"}})")).config.server.tls.certificate,
      "/a.pem");
  EXPECT_THAT(errors_of(with_root(R"("server": {"tls": {"certificate": "a.pem"}})")),
              ElementsAre(HasSubstr("/server/tls/certificate: is \"a.pem\"; allowed: an absolute path")));
  EXPECT_THAT(errors_of(with_root(R"("server": {"tls": {"certificate": "/a.pem", "key": "a.key"}})")),
              ElementsAre(HasSubstr("/server/tls/key: is \"a.key\"; allowed: an absolute path")));
  EXPECT_THAT(
      errors_of(with_root(R"("server": {"tls": {"key": "/a.key"}})")),
      ElementsAre(HasSubstr("/server/tls/key: has no certificate beside it; allowed: both, or neither")));
  EXPECT_EQ(accepted(with_root(R"("server": {"tls": {"certificate": "/a.pem", "key": "/a.key"}})"))
                .config.server.tls.key,
            "/a.key");
}

TEST(ConfigMeaning, limits_hold_at_their_edge) {
  const auto fits = [](const std::string& keys) { return errors_of(with_stream(keys)).empty(); };
  EXPECT_TRUE(fits(R"("video": {"fps": 1})"));
  EXPECT_TRUE(fits(R"("video": {"fps": 120, "width": 7680, "height": 4320})"));
  EXPECT_FALSE(fits(R"("video": {"width": 7682})"));
  EXPECT_TRUE(fits(R"("hls": {"part_duration": 2})"));
  EXPECT_FALSE(fits(R"("hls": {"part_duration": 2.001})"));
  EXPECT_TRUE(fits(R"("hls": {"part_duration": 0.05})"));
  EXPECT_FALSE(fits(R"("hls": {"part_duration": 0.049})"));
  EXPECT_TRUE(fits("\"inputs\": [{\"type\": \"slate\", \"text\": \"" + std::string(256, 'x') + "\"}]"));
  EXPECT_FALSE(fits("\"inputs\": [{\"type\": \"slate\", \"text\": \"" + std::string(257, 'x') + "\"}]"));
}

TEST(ConfigMeaning, there_are_one_to_sixteen_serving_threads) {
  const auto threads = [](const std::string& count) {
    return R"({"server": {"threads": )" + count + R"(}, "streams": [{"name": "a"}]})";
  };
  EXPECT_EQ(accepted(threads("1")).config.server.threads, 1);
  EXPECT_EQ(accepted(threads("16")).config.server.threads, 16);
  for (const char* count : {"0", "17", "-1", "1.5"})
    EXPECT_THAT(errors_of(threads(count)),
                ElementsAre(testing::HasSubstr("/server/threads: is " + std::string(count) +
                                               "; allowed: a whole number from 1 to 16")));
}

TEST(ConfigMeaning, lists_hold_at_their_edge) {
  const auto inputs = [](int count) {
    std::string list = "{\"type\": \"pattern\"}";
    for (int i = 1; i < count; ++i) list += ", {\"type\": \"pattern\"}";
    return errors_of(with_stream("\"inputs\": [" + list + "]"));
  };
  EXPECT_THAT(inputs(16), ElementsAre());
  EXPECT_THAT(inputs(17),
              ElementsAre("c.json:2: /streams/0/inputs: is a list; allowed: a list of at most 16 objects"));
}

TEST(ConfigMeaning, whole_numbers_may_be_written_with_a_fraction_of_zero) {
  EXPECT_EQ(accepted(with_stream(R"("video": {"fps": 25.0})")).config.streams[0].video.fps, 25);
}

TEST(WorkerSettings, a_slate_is_appended_when_the_last_input_is_none) {
  supervisor::Stream stream;
  stream.inputs = {supervisor::input_of_type("pattern")};
  const auto settings = supervisor::worker_settings(stream, 5);
  ASSERT_EQ(settings.inputs.size(), 2u);
  EXPECT_EQ(settings.inputs[1].type, "slate");
  stream.inputs = settings.inputs;
  EXPECT_EQ(supervisor::worker_settings(stream, 5).inputs.size(), 2u);
  stream.inputs.clear();
  EXPECT_EQ(supervisor::worker_settings(stream, 5).inputs.size(), 1u);
}

TEST(WorkerSettings, the_slate_that_is_not_written_is_the_configured_one) {
  const auto config =
      accepted(with_stream(R"("inputs": [{"type": "slate", "text": "Pause"}, {"type": "pattern"}],
        "slate": {"text": "Back soon", "image": "/logo.png", "background": "plain"}, "selector": {"stuck_max": 5})"))
          .config;
  const auto settings = worker_settings(config.streams[0], 0);
  ASSERT_EQ(settings.inputs.size(), 3u) << "a slate before the end is an input like others";
  EXPECT_EQ(settings.inputs[0].text, "Pause");
  EXPECT_EQ(settings.inputs[2].type, "slate");
  EXPECT_EQ(settings.inputs[2].text, "Back soon");
  EXPECT_EQ(settings.inputs[2].image, "/logo.png");
  EXPECT_EQ(settings.inputs[2].background, "plain");
  EXPECT_EQ(settings.stuck_max, 5);
}

TEST(ConfigMeaning, a_device_is_exclusive_unless_the_file_says_otherwise) {
  const auto inputs = accepted(with_stream(R"("inputs": [
      {"type": "device", "format": "v4l2", "device": "/dev/video0", "options": {"video_size": "1280x720"}},
      {"type": "device", "format": "v4l2", "device": "/dev/video1", "exclusive": false},
      {"type": "url", "url": "rtsp://camera/1", "timeout": 2.5}])"))
                          .config.streams[0]
                          .inputs;
  EXPECT_TRUE(inputs[0].exclusive);
  EXPECT_EQ(inputs[0].options.at("video_size"), "1280x720");
  EXPECT_FALSE(inputs[1].exclusive);
  EXPECT_FALSE(inputs[2].exclusive);
  EXPECT_EQ(inputs[2].timeout, 2.5);
}

TEST(WorkerSettings, the_grid_follows_the_durations) {
  supervisor::Stream stream;
  stream.video.fps = 25;
  stream.hls.segment_duration = 4;
  const auto grid = supervisor::worker_settings(stream, 42).grid;
  EXPECT_EQ(grid.fps, 25);
  EXPECT_EQ(grid.segment_pictures, 100);
  EXPECT_EQ(grid.part_pictures, 5);
  EXPECT_EQ(grid.key_pictures, 50);
  EXPECT_EQ(grid.origin_ns, 42);
}

TEST(ProgressTimeout, is_three_segments_but_at_least_six_seconds_unless_it_is_set) {
  supervisor::Stream stream;
  EXPECT_EQ(supervisor::progress_timeout(stream), Milliseconds(6'000));
  stream.hls.segment_duration = 4;
  EXPECT_EQ(supervisor::progress_timeout(stream), Milliseconds(12'000));
  stream.timers.progress = Milliseconds(1'000);
  EXPECT_EQ(supervisor::progress_timeout(stream), Milliseconds(1'000));
}
