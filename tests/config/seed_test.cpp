// The files of the first seed, as it prints them: with the comments of its manual, and without, as its
// installer wrote them.
#include "tests/config/config_test.h"

using supervisor::Config;
using supervisor::Milliseconds;
using supervisor::parse_watchdog;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

namespace {

constexpr const char* printed_config = R"({
    "fps": 30,                    // Frame rate
    "width": 1920,                // Stream width
    "height": 1080,               // Stream height
    "bitrate": 5000,              // Bitrate in kbps
    "keyframe_interval": 2,       // Keyframe interval in seconds
    "segment_duration": 2,        // HLS segment duration
    "output_dir": "/tmp/hls",     // HLS output directory
    "max_restarts": 10,           // Maximum restart attempts
    "restart_delay": 30,          // Delay between restarts
    "max_errors": 5,              // Error threshold for restart
    "error_window": 300           // Error window in seconds
}
)";

constexpr const char* installed_config = R"({
    "fps": 30,
    "width": 1920,
    "height": 1080,
    "bitrate": 5000,
    "keyframe_interval": 2,
    "segment_duration": 2,
    "output_dir": "/tmp/hls",
    "max_restarts": 10,
    "restart_delay": 30,
    "max_errors": 5,
    "error_window": 300
}
)";

constexpr const char* printed_watchdog = R"({
    "check_interval": 30,         // Monitoring check interval
    "max_alerts": 10,             // Maximum alerts per cooldown period
    "alert_cooldown": 300,        // Alert cooldown period
    "auto_recovery": {
        "service_restart": true,   // Auto-restart service on failure
        "stream_restart": true,    // Auto-restart on stream issues
        "resource_monitoring": true // Monitor resource usage
    },
    "email_alerts": {
        "enabled": false,          // Enable email alerts
        "smtp_server": "smtp.gmail.com",
        "smtp_port": 587,
        "use_tls": true,
        "from_email": "watchdog@example.com",
        "to_email": "admin@example.com",
        "username": "your-email@gmail.com",
        "password": "your-app-password"
    },
    "webhook_alerts": {
        "enabled": false,          // Enable webhook alerts
        "url": "https://hooks.slack.com/services/YOUR/WEBHOOK/URL"
    }
}
)";

constexpr const char* installed_watchdog = R"({
    "check_interval": 30,
    "max_alerts": 10,
    "alert_cooldown": 300,
    "auto_recovery": {
        "service_restart": true,
        "stream_restart": true,
        "resource_monitoring": true
    },
    "email_alerts": {
        "enabled": false,
        "smtp_server": "localhost",
        "smtp_port": 587,
        "use_tls": true,
        "from_email": "watchdog@example.com",
        "to_email": "admin@example.com"
    },
    "webhook_alerts": {
        "enabled": false,
        "url": "https://hooks.slack.com/services/YOUR/WEBHOOK/URL"
    }
}
)";

Config seed_config() {
  Config config;
  config.server.listen = {"127.0.0.1:8080", "127.0.0.1:8888"};
  config.streams[0].hls.output_dir = "/tmp/hls";
  config.streams[0].restart.restart_delay = Milliseconds(30'000);
  return config;
}

supervisor::LoadedConfig with_watchdog(const char* text) {
  const auto outcome = parse_watchdog(text, "w.json", {});
  EXPECT_TRUE(outcome) << testing::PrintToString(lines_of(outcome.error()));
  return outcome ? *outcome : supervisor::LoadedConfig{};
}

}  // namespace

TEST(SeedFile, loads_unchanged_as_one_stream_on_both_ports) {
  for (const char* text : {printed_config, installed_config}) {
    const auto loaded = accepted(text);
    EXPECT_EQ(loaded.config, seed_config());
    EXPECT_THAT(lines_of(loaded.warnings), IsEmpty());
  }
}

TEST(SeedFile, takes_every_one_of_its_keys) {
  const auto config =
      accepted(R"({"fps": 15, "width": 1280, "height": 720, "bitrate": 2000, "keyframe_interval": 1,
    "segment_duration": 4, "output_dir": "/srv/x", "max_restarts": 3, "restart_delay": 60, "max_errors": 10,
    "error_window": 600})")
          .config;
  const supervisor::Stream& stream = config.streams[0];
  EXPECT_EQ(stream.name, "desktop");
  EXPECT_EQ(stream.video, (common::VideoSettings{1280, 720, 15, 2000, 1, "auto", "veryfast"}));
  EXPECT_EQ(stream.hls.segment_duration, 4);
  EXPECT_EQ(stream.hls.output_dir, "/srv/x");
  EXPECT_EQ(stream.restart.max_restarts, 3);
  EXPECT_EQ(stream.restart.restart_delay, Milliseconds(60'000));
  EXPECT_EQ(stream.restart.backoff_max, Milliseconds(60'000));
  EXPECT_EQ(stream.errors, (supervisor::Errors{10, Milliseconds(600'000)}));
}

TEST(SeedFile, of_one_key_is_enough) {
  EXPECT_EQ(accepted(R"({"fps": 15})").config.streams[0].video.fps, 15);
}

TEST(SeedFile, names_its_own_lines_and_keys_in_errors) {
  EXPECT_THAT(
      errors_of("{\n\"fps\": 0,\n\"width\": 1281,\n\"widht\": 1280\n}"),
      ElementsAre("c.json:2: /fps: is 0; allowed: a whole number from 1 to 120",
                  "c.json:3: /width: is 1281; allowed: an even number, such as 1280",
                  "c.json:4: /widht: unknown key; did you mean \"width\"? allowed here: fps, width, height, "
                  "bitrate, keyframe_interval, segment_duration, output_dir, max_restarts, restart_delay, "
                  "max_errors, error_window, server, streams, monitoring, alerts, log"));
}

TEST(SeedFile, may_have_new_sections_beside_its_keys) {
  const auto config =
      accepted(R"({"fps": 15, "server": {"listen": ["127.0.0.1:9000"]}, "log": {"level": "debug"}})").config;
  EXPECT_THAT(config.server.listen, ElementsAre("127.0.0.1:9000", "127.0.0.1:8888"));
  EXPECT_EQ(config.log.level, "debug");
}

TEST(SeedFile, keys_beside_streams_are_not_flat) {
  EXPECT_THAT(errors_of(with_root("\"fps\": 30")), ElementsAre(StartsWith("c.json:2: /fps: unknown key;")));
}

TEST(SeedFile, key_written_twice_is_one_error) {
  EXPECT_THAT(errors_of("{\"fps\": 15,\n\"fps\": 20}"),
              ElementsAre("c.json:2: /fps: is written twice; the first is in line 1"));
}

TEST(SeedWatchdogFile, loads_unchanged_with_warnings_for_its_password_and_single_receiver) {
  const auto loaded = with_watchdog(printed_watchdog);
  const Config& config = loaded.config;
  EXPECT_EQ(config.monitoring.check_interval, Milliseconds(30'000));
  EXPECT_EQ(config.monitoring.auto_recovery, supervisor::AutoRecovery{});
  EXPECT_EQ(config.alerts.max_alerts, 10);
  EXPECT_EQ(config.alerts.alert_cooldown, Milliseconds(300'000));
  EXPECT_EQ(config.alerts.email_alerts.smtp_server, "smtp.gmail.com");
  EXPECT_EQ(config.alerts.email_alerts.password, "your-app-password");
  ASSERT_EQ(config.alerts.webhook_alerts.size(), 1u);
  EXPECT_EQ(config.alerts.webhook_alerts[0].url, "https://hooks.slack.com/services/YOUR/WEBHOOK/URL");
  EXPECT_THAT(
      lines_of(loaded.warnings),
      ElementsAre(StartsWith("w.json:18: /email_alerts/password: warning: a password in this file"),
                  "w.json:20: /webhook_alerts: warning: one object is read as a list of one; write [ ... ] "
                  "around it"));
}

TEST(SeedWatchdogFile, as_installed_loads_too) {
  const auto loaded = with_watchdog(installed_watchdog);
  EXPECT_EQ(loaded.config.alerts.email_alerts.from_email, "watchdog@example.com");
  EXPECT_EQ(loaded.warnings.size(), 1u);
}

TEST(SeedWatchdogFile, switches_of_recovery_are_kept) {
  const auto loaded = with_watchdog(R"({"auto_recovery": {"stream_restart": false}})");
  EXPECT_EQ(loaded.config.monitoring.auto_recovery, (supervisor::AutoRecovery{true, false, true}));
}

TEST(SeedWatchdogFile, with_other_keys_is_refused) {
  const auto outcome =
      parse_watchdog("{\"check_intervall\": 30,\n\"email_alerts\": {\"smtp_port\": 0}}", "w.json", {});
  ASSERT_FALSE(outcome);
  EXPECT_THAT(
      lines_of(outcome.error()),
      ElementsAre("w.json:1: /check_intervall: unknown key; did you mean \"check_interval\"? allowed here: "
                  "check_interval, max_alerts, alert_cooldown, auto_recovery, email_alerts, webhook_alerts",
                  "w.json:2: /email_alerts/smtp_port: is 0; allowed: a whole number from 1 to 65535"));
}
