#include "supervisor/client_text.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "supervisor/client_http.h"
#include "supervisor/client_logs.h"
#include "supervisor/report/wall_time.h"

using nlohmann::json;
using supervisor::duration_text;
using supervisor::log_line;
using supervisor::parse_since;
using supervisor::parse_url;
using supervisor::status_table;
using testing::HasSubstr;

namespace {

const json status = {{"service", {{"version", "0.1.0"}, {"uptime_seconds", 7500.2}, {"config_error", ""}}},
                     {"streams",
                      {{{"name", "desktop"},
                        {"state", "healthy"},
                        {"state_seconds", 61},
                        {"on_air", "picture"},
                        {"worker_pid", 12},
                        {"standby", "ready"},
                        {"encoder", "libx264"},
                        {"viewers", 3},
                        {"next_retry_ms", nullptr},
                        {"reason", ""}},
                       {{"name", "wall"},
                        {"state", "backoff"},
                        {"state_seconds", 2.5},
                        {"on_air", "bridge"},
                        {"worker_pid", 0},
                        {"standby", "off"},
                        {"encoder", ""},
                        {"viewers", 0},
                        {"next_retry_ms", 1200},
                        {"reason", "worker \x1b[1m died"}}}}};

}  // namespace

TEST(StatusTable, has_a_row_for_each_stream) {
  EXPECT_EQ(status_table(status, ""),
            "desktop-streamer 0.1.0, up 2 h 05 min\n"
            "STREAM   STATE    FOR    ON AIR   WORKER  STANDBY  ENCODER  VIEWERS  NEXT TRY  REASON\n"
            "desktop  healthy  1 min  picture  12      ready    libx264  3        -\n"
            "wall     backoff  2 s    bridge   -       off      -        0        in 2 s    worker \\x1b[1m "
            "died\n");
}

TEST(StatusTable, shows_one_stream_and_what_is_wrong_with_the_configuration) {
  json broken = status;
  broken["service"]["config_error"] = "config.json:3: /server: wrong";
  const std::string text = status_table(broken, "wall");
  EXPECT_THAT(text, HasSubstr("configuration not loaded, the one before is in force: config.json:3"));
  EXPECT_THAT(text, testing::Not(HasSubstr("desktop  ")));
  EXPECT_TRUE(supervisor::has_stream(status, "wall"));
  EXPECT_FALSE(supervisor::has_stream(status, "wal"));
  EXPECT_EQ(supervisor::stream_names(status, ", "), "desktop, wall");
}

TEST(StatusTable, has_a_row_for_each_input) {
  json with_inputs = status;
  with_inputs["streams"].erase(1);
  with_inputs["streams"][0].update({{"active_input", 1}, {"override_input", 1}});
  with_inputs["streams"][0]["inputs"] = json::parse(R"([
      {"input_priority": 0, "type": "url", "name": "rtsp://camera/1", "status": "degraded", "fps": null,
       "bitrate_kbps": null, "packet_loss": null, "errors": [{"at": "2026-03-01T12:00:00.000Z", "message": "refused \u001b"}]},
      {"input_priority": 1, "type": "pattern", "name": "test picture", "status": "active", "fps": 29.97,
       "bitrate_kbps": 1999.6, "packet_loss": 0.25, "errors": []}])");
  EXPECT_EQ(status_table(with_inputs, "desktop"),
            "desktop-streamer 0.1.0, up 2 h 05 min\n"
            "STREAM   STATE    FOR    ON AIR   WORKER  STANDBY  ENCODER  VIEWERS  NEXT TRY  REASON\n"
            "desktop  healthy  1 min  picture  12      ready    libx264  3        -\n"
            "\n"
            "STREAM   INPUT  TYPE     STATUS           FPS   KBIT/S  LOSS %  NAME             LAST ERROR\n"
            "desktop  0      url      degraded         -     -       -       rtsp://camera/1  "
            "2026-03-01T12:00:00.000Z refused \\x1b\n"
            "desktop  1      pattern  on air, by hand  30.0  2000    0.2     test picture\n");
}

TEST(StatusTable, says_times_as_people_do) {
  EXPECT_EQ(duration_text(-1), "0 s");
  EXPECT_EQ(duration_text(59.9), "59 s");
  EXPECT_EQ(duration_text(60), "1 min");
  EXPECT_EQ(duration_text(3599), "59 min");
  EXPECT_EQ(duration_text(3600), "1 h 00 min");
  EXPECT_EQ(duration_text(86400 * 2 + 7200), "2 d 2 h");
}

TEST(LogLine, names_stream_and_life) {
  json line = {{"at", "2026-03-01T12:00:00.000Z"},
               {"level", "warn"},
               {"stream", "desktop"},
               {"generation", 12},
               {"text", "a\tb"}};
  EXPECT_EQ(log_line(line), "2026-03-01T12:00:00.000Z  warn   desktop/12  a\\x09b");
  line["generation"] = 0;
  EXPECT_EQ(log_line(line), "2026-03-01T12:00:00.000Z  warn   desktop  a\\x09b");
  line["stream"] = "";
  EXPECT_EQ(log_line(line), "2026-03-01T12:00:00.000Z  warn   a\\x09b");
}

TEST(Since, is_an_age_or_a_time) {
  const auto now = *supervisor::parse_rfc3339("2026-03-02T00:00:00Z");
  EXPECT_EQ(parse_since("90s", now).value(), "2026-03-01T23:58:30.000Z");
  EXPECT_EQ(parse_since("10m", now).value(), "2026-03-01T23:50:00.000Z");
  EXPECT_EQ(parse_since("2h", now).value(), "2026-03-01T22:00:00.000Z");
  EXPECT_EQ(parse_since("1d", now).value(), "2026-03-01T00:00:00.000Z");
  EXPECT_TRUE(parse_since("3650d", now));
  EXPECT_EQ(parse_since("2026-03-01T12:00:00+01:00", now).value(), "2026-03-01T12:00:00+01:00");
  for (const char* wrong : {"", "m", "10", "10 m", "-5m", "3651d", "99999999999999999999s", "yesterday"}) {
    EXPECT_FALSE(parse_since(wrong, now)) << wrong;
  }
}

TEST(Url, is_http_or_https_with_a_host) {
  EXPECT_EQ(parse_url("http://wall.example")->host, "wall.example");
  EXPECT_EQ(parse_url("http://wall.example")->port, "80");
  EXPECT_EQ(parse_url("http://[::1]:8080/")->host, "[::1]");
  EXPECT_EQ(parse_url("http://[::1]")->port, "80");
  EXPECT_EQ(parse_url("127.0.0.1:8080")->port, "8080");
  EXPECT_FALSE(parse_url("http://a")->secured);
  EXPECT_TRUE(parse_url("https://wall.example/")->secured);
  EXPECT_EQ(parse_url("https://wall.example/")->host, "wall.example");
  EXPECT_EQ(parse_url("https://wall.example")->port, "443");
  EXPECT_EQ(parse_url("https://[::1]:8443")->port, "8443");
  for (const char* wrong : {"", "http://", "https://", "ftp://a", "http://:80", "http://a:b",
                            "http://a:", "http://a b", "::1", "http://u@h"}) {
    EXPECT_FALSE(parse_url(wrong)) << wrong;
  }
}
