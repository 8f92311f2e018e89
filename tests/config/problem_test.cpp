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
    {R"("inputs": [{"type": "url"}])",
     "/inputs/0: \"url\" is missing; allowed: an address of a network stream, such as \"rtsp://camera/1\" or "
     "\"https://host/live.m3u8\"; it begins with rtsp, rtmp, srt, http, https, udp, rtp, rist, tcp, mmsh, "
     "ftp or "
     "one of their encrypted forms"},
    {R"("inputs": [{"type": "url", "url": "file:///etc/passwd"}])",
     "/inputs/0/url: is a file; allowed: \"type\": \"file\" with its \"path\""},
    {R"("inputs": [{"type": "file"}])", "/inputs/0: \"path\" is missing; allowed: the path of a media file"},
    {R"("inputs": [{"type": "file", "path": ""}])",
     "/inputs/0/path: is empty; allowed: the path of a media file"},
    {R"("inputs": [{"type": "device", "format": "v4l2"}])",
     "/inputs/0: \"device\" is missing; allowed: a device, such as \"/dev/video0\""},
    {R"("inputs": [{"type": "device", "device": "/dev/video0"}])",
     "/inputs/0: \"format\" is missing; allowed: a format of libavdevice, such as \"v4l2\""},
    {R"("inputs": [{"type": "x11", "locked": "hide"}])",
     "/inputs/0/locked: is the text \"hide\"; allowed: one of \"show\", \"slate\", \"wake\""},
    {R"("inputs": [{"type": "pattern", "display": ":0"}])",
     "/inputs/0/display: is not used by type \"pattern\", only by \"x11\"; leave it out, or change \"type\""},
    {R"("inputs": [{"type": "file", "path": "/a", "options": {}}])",
     "/inputs/0/options: is not used by type \"file\", only by \"url\" or \"device\"; leave it out, or "
     "change "
     "\"type\""},
    {R"("inputs": [{"type": "url", "url": "srt://a:1", "options": {"latency": 5}}])",
     "/inputs/0/options/latency: is no text; allowed: a key of 1 to 64 bytes and a text of at most 512"},
    {R"("inputs": [{"type": "slate", "image": "logo.png"}])",
     "/inputs/0/image: is \"logo.png\"; allowed: an absolute path (it begins with /), or \"\""},
    {R"("slate": {"background": "blue"})",
     "/slate/background: is the text \"blue\"; allowed: one of \"dimmed\", \"plain\""},
    {R"("selector": {"timeout": 2, "suspect_after": 3})",
     "/selector/timeout: is 2 s, below suspect_after (3 s)"},
    {R"("selector": {"timeout": 1.9})", "/selector/timeout: is 1.9; allowed: a number from 2 to 300"},
    {R"("inputs": [{"type": "url", "url": "rtsp://camera/1", "timeout": 1.9}])",
     "/inputs/0/timeout: is 1.9 s; allowed: 0 (selector.timeout), or 2 to 300 s"},
    {R"("inputs": [{"type": "file", "path": "/srv/a.mp4", "frozen_after": 0.9}])",
     "/inputs/0/frozen_after: is 0.9 s; allowed: 0 (for ever), or 1 to 86400 s"},
    {R"("inputs": [{"type": "device", "format": "v4l2", "device": "/dev/video0", "black_after": 86401}])",
     "/inputs/0/black_after: is 86401; allowed: a number from 0 to 86400"},
    {R"("inputs": [{"type": "x11", "corrupt_after": 5}])",
     "/inputs/0/corrupt_after: is not used by type \"x11\", only by \"url\" or \"file\" or \"device\"; leave "
     "it "
     "out, or change \"type\""},
    {R"("selector": {"probe_interval": 6})",
     "/selector/probe_interval_max: is 5 s, below probe_interval (6 s)"},
    {R"("selector": {"penalty_suppress": 750})",
     "/selector/penalty_reuse: is 750, not below penalty_suppress (750)"},
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

TEST(ConfigProblem, a_secret_in_the_address_of_an_input_is_not_repeated) {
  EXPECT_THAT(errors_of(with_stream(R"("inputs": [{"type": "url", "url": "rstp://ann:hunter22@camera/1"}])")),
              ElementsAre(HasSubstr("/inputs/0/url: is \"rstp://(secret)@camera/1\"; allowed: an address")));
  const std::string long_url = "rtsp://ann:hunter22@camera/" + std::string(2100, 'a');
  EXPECT_THAT(errors_of(with_stream(R"("inputs": [{"type": "url", "url": ")" + long_url + "\"}]")),
              testing::Each(testing::Not(HasSubstr("hunter22"))));
}

TEST(ConfigProblem, only_networks_are_addresses_of_inputs) {
  for (const std::string url : {"pipe:0", "concat:/etc/passwd|/a", "subfile,,start,0,end,9,,:/etc/passwd",
                                "data://a", "/dev/video0", "rtsp://", "://a", "fd://0"}) {
    EXPECT_THAT(errors_of(with_stream(R"("inputs": [{"type": "url", "url": ")" + url + "\"}]")),
                ElementsAre(HasSubstr("/inputs/0/url: is ")))
        << url;
  }
  for (const std::string url :
       {"rtsp://a", "srt://:9000?mode=listener", "https://host/live.m3u8", "udp://@:1234"}) {
    EXPECT_THAT(errors_of(with_stream(R"("inputs": [{"type": "url", "url": ")" + url + "\"}]")), IsEmpty())
        << url;
  }
}

TEST(ConfigProblem, a_file_that_cannot_be_read_now_is_a_warning) {
  const std::string text = with_stream(
      R"("inputs": [{"type": "file", "path": "/gone.mp4"}, {"type": "file", "path": "here.mp4"}], "slate": {"image": "/gone.png"})");
  const auto outcome = supervisor::parse_config(
      text, "c.json", {.why_unreadable = [](const std::string& path) {
        return path.starts_with("/gone") ? std::string("No such file or directory") : std::string();
      }});
  ASSERT_TRUE(outcome);
  EXPECT_THAT(
      lines_of(outcome->warnings),
      testing::UnorderedElementsAre(
          "c.json:2: /streams/0/inputs/0/path: warning: cannot be read now: No such file or directory",
          HasSubstr("/streams/0/inputs/1/path: warning: is looked for in the folder in which"),
          "c.json:2: /streams/0/slate/image: warning: cannot be read now: No such file or directory"));
}

TEST(ConfigProblem, a_slate_of_its_own_makes_the_other_one_useless) {
  EXPECT_THAT(
      lines_of(
          accepted(with_stream(R"("inputs": [{"type": "slate"}], "slate": {"text": "Back soon"})")).warnings),
      ElementsAre(HasSubstr("/slate: warning: changes nothing: the last of \"inputs\" is a slate")));
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
      ElementsAre(
          "c.json:2: /server/listen/0: other machines reach \"0.0.0.0:8080\", and that takes "
          "\"tls\" with a key and credentials in \"auth\": else passwords and the picture could be "
          "read on that network, or anybody there could stop the stream; allowed: 127.0.0.1 or [::1], "
          "or \"insecure_lan\": true in \"server\""));
  accepted(with_root(R"("server": {"listen": ["0.0.0.0:8080"], "insecure_lan": true})"));
}

TEST(ConfigProblem, hosts_are_names_without_port) {
  const auto read =
      accepted(with_root(R"("server": {"hosts": ["Stream.example.org", "wall_2", "10.0.0.1"]})"));
  EXPECT_THAT(read.config.server.hosts, ElementsAre("Stream.example.org", "wall_2", "10.0.0.1"));
  for (const auto& bad : std::initializer_list<std::string>{"", "a:80", "https://a", "a/b", ".a", "a.", "*.a",
                                                            std::string(254, 'a')}) {
    EXPECT_THAT(errors_of(with_root(R"("server": {"hosts": ["ok", ")" + bad + R"("]})")),
                ElementsAre(HasSubstr("/server/hosts/1: is \"")))
        << bad;
  }
  accepted(with_root(R"("server": {"hosts": [")" + std::string(253, 'a') + R"("]})"));
}

TEST(ConfigProblem, an_address_listed_twice_is_an_error) {
  EXPECT_THAT(errors_of(with_root(R"("server": {"listen": ["127.0.0.1:80", "127.0.0.1:80"]})")),
              ElementsAre("c.json:2: /server/listen/1: \"127.0.0.1:80\" is listed twice; leave one out"));
}
