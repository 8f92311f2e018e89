// Whole error lines: place, what is wrong, what is allowed.
#include "tests/config/config_test.h"

using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

namespace {

struct Refused {
  std::string keys;  // of a stream, in line 2
  std::string line;  // after "c.json:2: /streams/0"
};

const Refused refused[] = {
    {R"("video": {"fps": 0})", "/video/fps: is 0; allowed: a whole number from 1 to 120"},
    {R"("video": {"fps": 121})", "/video/fps: is 121; allowed: a whole number from 1 to 120"},
    {R"("video": {"fps": -30})", "/video/fps: is -30; allowed: a whole number from 1 to 120"},
    {R"("video": {"fps": 29.97})", "/video/fps: is 29.97; allowed: a whole number from 1 to 120"},
    {R"("video": {"fps": 99999999999999999999})",
     "/video/fps: is 99999999999999999999; allowed: a whole number from 1 to 120"},
    {R"("video": {"fps": "30"})", "/video/fps: is the text \"30\"; allowed: a whole number from 1 to 120"},
    {R"("video": {"fps": null})", "/video/fps: is null; allowed: a whole number from 1 to 120"},
    {R"("video": {"fps": [30]})", "/video/fps: is a list; allowed: a whole number from 1 to 120"},
    {R"("video": {"fps": {}})", "/video/fps: is an object; allowed: a whole number from 1 to 120"},
    {R"("video": 30)", "/video: is 30; allowed: an object"},
    {R"("video": {"width": 1919})", "/video/width: is 1919; allowed: an even number, such as 1918"},
    {R"("video": {"height": 17})", "/video/height: is 17; allowed: an even number, such as 16"},
    {R"("video": {"keyframe_interval": 0})",
     "/video/keyframe_interval: is 0; allowed: a number from 0.1 to 60"},
    {R"("video": {"encoder": "x264"})",
     "/video/encoder: is the text \"x264\"; allowed: one of \"auto\", \"libx264\", \"h264_vaapi\""},
    {R"("hls": {"low_latency": 1})", "/hls/low_latency: is 1; allowed: true or false"},
    {R"("hls": {"part_duration": 3})",
     "/hls/part_duration: is 3 s, above segment_duration (2 s); allowed: at most segment_duration"},
    {R"("hls": {"output_mode": "0788"})",
     "/hls/output_mode: is the text \"0788\"; allowed: a text of 3 or 4 octal digits, such as \"0755\""},
    {R"("hls": {"output_dir": "hls"})",
     "/hls/output_dir: is \"hls\"; allowed: an absolute path (it begins with /), or \"\""},
    {R"("hls": {"output_dir": "/a\u0000b"})",
     "/hls/output_dir: holds a zero byte; allowed: a text of at most 4096 bytes"},
    {R"("hls": {"dvr_seconds": 60})",
     "/hls/dvr_seconds: is not available in this version; leave it out or write 0"},
    {R"("renditions": [{"width": 1280}])",
     "/renditions: is not available in this version; leave it out or write []"},
    {R"("push": [{"url": "rtmp://x"}])", "/push: is not available in this version; leave it out or write []"},
    {R"("audio": {"source": "pulse"})", "/audio: is not available in this version; leave it out or write {}"},
    {R"("on_demand": true)", "/on_demand: is not available in this version; leave it out or write false"},
    {R"("restart": {"restart_delay": 31})", "/restart/backoff_max: is 30 s, below restart_delay (31 s)"},
    {R"("timers": {"hold": 2000})", "/timers/hold_max: is 1800 s, below hold (2000 s)"},
    {R"("restart": {"strategies": {"encodr": {}}})",
     "/restart/strategies/encodr: unknown key; did you mean \"encoder\"? allowed here: clean_exit, crash, "
     "oom, hang, "
     "stall, startup_timeout, exec_fatal, version, exec_transient, config, display_lost, display_auth, "
     "geometry, "
     "encoder, disk, input, protocol, unkillable, resource_limit, error_storm"},
    {R"("inputs": [{"type": "url", "url": "rtsp://camera/1"}])",
     "/inputs/0/type: \"url\" is not available in this version; allowed: x11, pattern, slate"},
    {R"("inputs": [{"display": ":0"}])",
     "/inputs/0: \"type\" is missing; it is one of \"x11\", \"pattern\", \"slate\", \"url\", \"file\", "
     "\"device\""},
    {R"("inputs": [{"type": "x11", "monitor": -1}])",
     "/inputs/0/monitor: is -1; allowed: a text of 1 to 255 bytes, an index from 0 to 63, or {x, y, width, "
     "height}"},
    {R"("inputs": [{"type": "x11", "monitor": {"x": 0, "y": 0, "width": 640}}])",
     "/inputs/0/monitor: \"height\" is missing; it is a whole number from 16 to 65535"},
};

}  // namespace

TEST(ConfigProblem, each_error_names_place_rule_and_fix) {
  for (const Refused& document : refused) {
    EXPECT_THAT(errors_of(with_stream(document.keys)), ElementsAre("c.json:2: /streams/0" + document.line))
        << document.keys;
  }
}

TEST(ConfigProblem, an_unknown_key_gets_the_nearest_known_one) {
  EXPECT_THAT(errors_of(with_stream(R"("vidoe": {})")),
              ElementsAre(StartsWith(
                  "c.json:2: /streams/0/vidoe: unknown key; did you mean \"video\"? allowed here: ")));
  EXPECT_THAT(
      errors_of(with_root(R"("log": {"levle": "info"})")),
      ElementsAre("c.json:2: /log/levle: unknown key; did you mean \"level\"? allowed here: level, file, "
                  "max_size_mb, max_files, format, sample_lines, sample_window"));
  EXPECT_THAT(errors_of(with_root(R"("log": {"colour": true})")),
              ElementsAre("c.json:2: /log/colour: unknown key; allowed here: level, file, max_size_mb, "
                          "max_files, format, sample_lines, sample_window"));
}

TEST(ConfigProblem, a_key_in_the_wrong_section_is_sent_to_its_own) {
  EXPECT_THAT(errors_of(with_stream(R"("bitrate": 2000)")),
              ElementsAre(StartsWith(
                  "c.json:2: /streams/0/bitrate: unknown key; it belongs into \"video\"; allowed here: ")));
}

TEST(ConfigProblem, all_errors_are_collected_in_the_order_of_the_file) {
  EXPECT_THAT(errors_of("{\"log\": {\"level\": \"loud\"},\n"
                        "\"server\": {\"listen\": [\"127.0.0.1\"]},\n"
                        "\"streams\": [{\"name\": \"A\",\n"
                        "\"video\": {\"width\": 3, \"fps\": true}}]}"),
              ElementsAre(StartsWith("c.json:1: /log/level: is the text \"loud\""),
                          StartsWith("c.json:2: /server/listen/0: is \"127.0.0.1\": no port"),
                          StartsWith("c.json:3: /streams/0/name: is the text \"A\""),
                          StartsWith("c.json:4: /streams/0/video/width: is 3;"),
                          StartsWith("c.json:4: /streams/0/video/fps: is true;")));
}

TEST(ConfigProblem, a_flood_of_errors_is_cut_and_counted) {
  std::string text = "{";
  for (int i = 0; i < 150; ++i) text += "\"unknown_" + std::to_string(i) + "\": 0,\n";
  const Lines lines = errors_of(text + "\"streams\": [{\"name\": \"a\"}]}");
  ASSERT_EQ(lines.size(), supervisor::config_problems_max + 1);
  EXPECT_EQ(lines.back(), "c.json: and 50 more problems");
}

TEST(ConfigProblem, a_stream_is_required_and_its_names_are_unique) {
  EXPECT_THAT(errors_of("{}"),
              ElementsAre("c.json:1: /: \"streams\" is missing; it is a list of at most 64 objects"));
  EXPECT_THAT(errors_of("{\"streams\": []}"),
              ElementsAre("c.json:1: /streams: is empty; at least one stream is needed"));
  EXPECT_THAT(errors_of("{\"streams\": [{\"name\": \"a\"},\n{\"name\": \"a\"}]}"),
              ElementsAre("c.json:2: /streams/1/name: two streams are named \"a\"; names are unique"));
  EXPECT_THAT(errors_of("{\"streams\": [{\n}]}"),
              ElementsAre("c.json:1: /streams/0: \"name\" is missing; it is a text of at most 32 bytes"));
}

TEST(ConfigProblem, a_name_is_safe_in_an_address) {
  accepted(R"({"streams": [{"name": "abcdefghijklmnopqrstuvwxyz_-0123"}]})");
  for (const char* name : {"", "A", "a b", "../x", "a/b", "\\u00e4", "a\\n"}) {
    EXPECT_THAT(errors_of(std::string("{\"streams\": [{\"name\": \"") + name + "\"}]}"),
                ElementsAre(EndsWith("; allowed: 1 to 32 of a-z, 0-9, _ and -")))
        << name;
  }
  EXPECT_THAT(errors_of(R"({"streams": [{"name": "abcdefghijklmnopqrstuvwxyz_-01234"}]})"),
              ElementsAre(EndsWith("; allowed: a text of at most 32 bytes")));
}

TEST(ConfigProblem, foreign_bytes_reach_no_terminal) {
  const Lines lines = errors_of("{\"\\u001b[31m\\n/~\": 1, \"streams\": [{\"name\": \"\\u0007\"}]}");
  EXPECT_THAT(lines, ElementsAre(StartsWith("c.json:1: /\\u001b[31m\\n~1~0: unknown key;"),
                                 StartsWith("c.json:1: /streams/0/name: is the text \"\\u0007\";")));
}

TEST(ConfigProblem, a_secret_is_not_repeated) {
  const Lines lines = errors_of(
      with_root("\"alerts\": {\"email_alerts\": {\"password\": \"" + std::string(2000, 's') + "\"}}"));
  EXPECT_THAT(
      lines,
      ElementsAre("c.json:2: /alerts/email_alerts/password: is a text; allowed: a text of at most 1024 "
                  "bytes"));
}

TEST(ConfigProblem, keys_of_another_input_type_are_a_warning) {
  EXPECT_THAT(
      lines_of(accepted(with_stream(R"("inputs": [{"type": "pattern", "display": ":0"}])")).warnings),
      ElementsAre("c.json:2: /streams/0/inputs/0/display: warning: is not used by type \"pattern\", only by "
                  "\"x11\""));
}

TEST(ConfigProblem, what_is_not_available_may_stand_with_its_empty_value) {
  const auto loaded = accepted(
      "{\"server\": {\"tls\": {\"certificate\": \"\", \"key\": \"\"}, \"auth\": {}}, \"streams\": "
      "[{\"name\": \"a\","
      "\"renditions\": [], \"audio\": {\"source\": \"off\"}, \"push\": [], \"standby\": \"off\", "
      "\"on_demand\": false,"
      "\"hls\": {\"dvr_seconds\": 0}}]}");
  EXPECT_THAT(loaded.warnings, IsEmpty());
}

TEST(ConfigProblem, a_key_that_changes_nothing_says_so) {
  EXPECT_THAT(lines_of(accepted(with_stream(R"("standby": "hot", "limits": {"worker_memory_mb": 512},
                               "errors": {"max_errors": 9},
                               "restart": {"strategies": {"display_lost": {"delay": 2}}})"))
                           .warnings),
              IsEmpty());
  EXPECT_THAT(
      lines_of(accepted(with_stream(R"("restart": {"strategies": {"geometry": {"delay": 2}}})")).warnings),
      ElementsAre(HasSubstr("/streams/0/restart/strategies/geometry: warning: changes nothing")));
  EXPECT_THAT(accepted(with_root(R"("monitoring": {"cpu_warn_percent": 50})")).warnings, IsEmpty());
}

TEST(ConfigProblem, folders_of_the_server_are_absolute) {
  EXPECT_THAT(errors_of(with_root(R"("server": {"runtime_dir": "run", "state_dir": "./x"})")),
              ElementsAre(HasSubstr("/server/runtime_dir: is \"run\"; allowed: an absolute path"),
                          HasSubstr("/server/state_dir: is \"./x\"; allowed: an absolute path")));
}

TEST(ConfigProblem, enabled_alerts_need_somewhere_to_go) {
  EXPECT_THAT(
      errors_of(with_root(
          R"("alerts": {"email_alerts": {"enabled": true}, "webhook_alerts": [{"enabled": false}, {"enabled": true}]})")),
      ElementsAre(
          HasSubstr("/alerts/email_alerts/smtp_server: is \"\"; allowed: the name or number"),
          HasSubstr("/alerts/email_alerts/from_email: is \"\"; allowed: one mail address"),
          HasSubstr("/alerts/email_alerts/to_email: is \"\"; allowed: mail addresses, separated by commas"),
          HasSubstr("/alerts/webhook_alerts/1: has no address; give \"url\" or \"url_file\"")));
}

TEST(ConfigProblem, mail_addresses_hold_nothing_that_means_more) {
  const auto with_mail = [](const std::string& from, const std::string& to, const std::string& server) {
    return with_root(R"("alerts": {"email_alerts": {"enabled": true, "from_email": ")" + from +
                     R"(", "to_email": ")" + to + R"(", "smtp_server": ")" + server + R"("}})");
  };
  EXPECT_THAT(accepted(with_mail("a@x.org", "b@x.org, c@x.org,d@x.org", "mail.x.org")).warnings, IsEmpty());
  for (const char* bad :
       {"a", "@x.org", "a@", "a@b@c", "a b@x.org", "a@x.org>", "a@x.org\\r\\nBcc: b@x.org", ","}) {
    EXPECT_THAT(errors_of(with_mail("a@x.org", bad, "mail.x.org")), ElementsAre(HasSubstr("/to_email: is ")))
        << bad;
  }
  EXPECT_THAT(errors_of(with_mail("a@x.org,b@x.org", "b@x.org", "mail.x.org")),
              ElementsAre(HasSubstr("/from_email: is ")));
  EXPECT_THAT(errors_of(with_mail("a@x.org", "b@x.org", "mail/x?y")),
              ElementsAre(HasSubstr("/smtp_server: is ")));
  std::string many = "a@x.org";
  for (int i = 1; i < 50; ++i) many += ",a@x.org";
  EXPECT_THAT(accepted(with_mail("a@x.org", many, "::1")).warnings, IsEmpty());
  EXPECT_THAT(errors_of(with_mail("a@x.org", many + ",a@x.org", "::1")), testing::SizeIs(1));
}

TEST(ConfigProblem, addresses_of_receivers_are_of_the_web_and_given_once) {
  EXPECT_THAT(
      errors_of(with_root(
          R"("alerts": {"webhook_alerts": [{"url": "ftp://SECRET"}, {"url": "https://a", "url_file": "/b"}, {"url_file": "b"}]})")),
      ElementsAre(testing::AllOf(HasSubstr("/webhook_alerts/0/url: is a text; allowed"),
                                 testing::Not(HasSubstr("SECRET"))),
                  HasSubstr("/webhook_alerts/1/url_file: url and url_file are both given"),
                  HasSubstr("/webhook_alerts/2/url_file: is \"b\"; allowed: an absolute path")));
  EXPECT_THAT(
      lines_of(accepted(with_root(R"("alerts": {"webhook_alerts": [{"enabled": true, "url": "http://a"}]})"))
                   .warnings),
      ElementsAre(HasSubstr("/url: warning: messages, and the key in the address, go over the network")));
}

TEST(ConfigProblem, the_rule_of_loopback_says_why) {
  EXPECT_THAT(
      errors_of(with_root(R"("server": {"listen": ["0.0.0.0:8080"]})")),
      ElementsAre("c.json:2: /server/listen/0: other machines reach \"0.0.0.0:8080\", and nothing is "
                  "encrypted yet: passwords and the picture could be read on that network, and without "
                  "\"auth\" anybody there could stop the stream; allowed: 127.0.0.1 or [::1], or "
                  "\"insecure_lan\": true in \"server\""));
  accepted(with_root(R"("server": {"listen": ["0.0.0.0:8080"], "insecure_lan": true})"));
}

TEST(ConfigProblem, an_address_listed_twice_is_an_error) {
  EXPECT_THAT(errors_of(with_root(R"("server": {"listen": ["127.0.0.1:80", "127.0.0.1:80"]})")),
              ElementsAre("c.json:2: /server/listen/1: \"127.0.0.1:80\" is listed twice; leave one out"));
}
