#include "common/redact.h"

#include <gtest/gtest.h>

using common::outside_text;
using common::redact;

namespace {

TEST(Redact, user_and_password_of_an_address_go) {
  EXPECT_EQ(redact("open rtsp://user:pass@cam/1 failed"), "open rtsp://(secret)@cam/1 failed");
  EXPECT_EQ(redact("rtsp://user@cam"), "rtsp://(secret)@cam");
  EXPECT_EQ(redact("\"rtmp://a:b@h:1935/live\""), "\"rtmp://(secret)@h:1935/live\"");
  EXPECT_EQ(redact("two: http://a:b@x/ and http://c:d@y/"), "two: http://(secret)@x/ and http://(secret)@y/");
  EXPECT_EQ(redact("smtp://me@example.org:p@ss@mail:587"), "smtp://(secret)@mail:587");
}

TEST(Redact, a_password_with_strange_signs_goes_whole) {
  EXPECT_EQ(redact("rtsp://user:pa/ss@cam/1"), "rtsp://(secret)@cam/1");
  EXPECT_EQ(redact("rtsp://user:pa?ss#x@cam/1"), "rtsp://(secret)@cam/1");
}

TEST(Redact, a_line_that_was_cut_inside_a_password_shows_nothing_of_it) {
  EXPECT_EQ(redact("open rtsp://user:pass"), "open rtsp://(secret)");
  EXPECT_EQ(redact("open rtsp://user:pa/ss"), "open rtsp://(secret)");
}

TEST(Redact, ports_and_paths_stay) {
  for (const char* text :
       {"http://127.0.0.1:8080/hls/desktop/playlist.m3u8", "http://[::1]:8080/", "rtsp://cam:554/h264@main",
        "http://host/a@b?x=1", "file:///srv/films/loop.mp4", "udp://239.0.0.1:5000",
        "input: tcp://127.0.0.1:80: refused", "input 0 (rtsp://cam:554): late", "https://", "a://", "://x",
        "state=healthy generation=12", "12:30:00 x264: profile High, level 4.0", "passed=3 keyframe=1"}) {
    EXPECT_EQ(redact(text), text);
  }
}

TEST(Redact, secret_parameters_of_an_address_go) {
  EXPECT_EQ(redact("GET http://h/x?key=abc&n=1&Token=d#f"),
            "GET http://h/x?key=(secret)&n=1&Token=(secret)#f");
  EXPECT_EQ(redact("https://s3/x?X-Amz-Signature=ab%2Fc&X-Amz-Date=1"),
            "https://s3/x?X-Amz-Signature=(secret)&X-Amz-Date=1");
  EXPECT_EQ(redact("srt://h:9000?streamid=publish:me:pw&latency=50"),
            "srt://h:9000?streamid=(secret)&latency=50");
  EXPECT_EQ(redact("http://h/?passphrase=x"), "http://h/?passphrase=(secret)");
}

TEST(Redact, names_that_speak_of_secrets_are_known) {
  using common::names_secret;
  for (const char* name : {"passphrase", "X-Api-Key", "streamid", "ACCESS_TOKEN"})
    EXPECT_TRUE(names_secret(name)) << name;
  for (const char* name : {"rtsp_transport", "video_size", "latency", ""})
    EXPECT_FALSE(names_secret(name)) << name;
}

TEST(Redact, keys_in_the_path_of_an_address_go) {
  EXPECT_EQ(redact("https://hooks.slack.com/services/T0/B0/xyz: 404"),
            "https://hooks.slack.com/services/(secret) 404");
  EXPECT_EQ(redact("https://discord.com/api/webhooks/123/abc"), "https://discord.com/api/webhooks/(secret)");
  EXPECT_EQ(redact("rtmp://a.example/live2/abcd-efgh"), "rtmp://a.example/live2/(secret)");
  EXPECT_EQ(redact("https://hc.example/0aa1b5c2-54d3-4e7f-9d6b-1d2c3b4a5f60"), "https://hc.example/(secret)");
  EXPECT_EQ(redact("https://h/abcdefghijklm0123456789"), "https://h/abcdefghijklm0123456789") << "23 signs";
  EXPECT_EQ(redact("https://h/abcdefghijklmn0123456789"), "https://h/(secret)") << "24 signs";
}

TEST(Redact, named_secrets_outside_of_addresses_go) {
  EXPECT_EQ(redact("password=geheim next"), "password=(secret) next");
  EXPECT_EQ(redact("smtp_password=\"two words\" next"), "smtp_password=\"(secret)\" next");
  EXPECT_EQ(redact(R"x({"password":"a\"b","n":1})x"), R"x({"password":"(secret)","n":1})x");
  EXPECT_EQ(redact(R"x({"api_key" : "x"})x"), R"x({"api_key" : "(secret)"})x");
  EXPECT_EQ(redact("Authorization: Bearer abc.def"), "Authorization: (secret)");
  EXPECT_EQ(redact("authorization: Basic dTpw\r\nHost: x"), "authorization: (secret)\r\nHost: x");
  EXPECT_EQ(redact("password: must be text"), "password: must be text");
}

TEST(Redact, twice_is_once) {
  for (const char* text :
       {"rtsp://u:p@h/1?key=2", "https://hooks.slack.com/services/T/B/x", "password=x", "rtsp://u:p"}) {
    const std::string once = redact(text);
    EXPECT_EQ(redact(once), once);
  }
}

TEST(Redact, any_bytes_are_survived) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(redact(all).size(), all.size());
  EXPECT_EQ(redact(""), "");
  EXPECT_EQ(redact("="), "=");
  EXPECT_EQ(redact("\""), "\"");
  EXPECT_EQ(redact("password=\""), "password=\"");
  EXPECT_EQ(redact("password=\"\\"), "password=\"(secret)");
}

TEST(OutsideText, is_escaped_redacted_and_then_cut) {
  EXPECT_EQ(outside_text("\x1b[31mrtsp://u:p\x07w@h\n"), "\\x1b[31mrtsp://(secret)@h\\x0a");
  EXPECT_EQ(outside_text("abcdef", 4), "abcd");
  const std::string edge = std::string(1010, 'x') + " rtsp://user:password@host/1";
  EXPECT_EQ(outside_text(edge).find("passw"), std::string::npos) << "the cut comes last";
  EXPECT_LE(outside_text(edge).size(), 1024u + 3);
}

}  // namespace
