#include "supervisor/alerts/alert_text.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <random>

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Kind = AlertNotice::Kind;

const WallTime wall = *parse_rfc3339("2026-11-21T12:00:00Z");

AlertNotice notice(const std::string& detail, Kind kind = Kind::Opened) {
  AlertNotice made;
  made.id = "1764000000000-0001-1";
  made.kind = kind;
  made.at = wall;
  made.alert.id = "1764000000000-0001";
  made.alert.severity = Severity::Critical;
  made.alert.stream = "desktop";
  made.alert.title = "the stream is down (hold)";
  made.alert.detail = detail;
  made.alert.opened_at = wall;
  made.alert.duration = 3723s;
  return made;
}

TEST(AlertText, subjects_say_severity_stream_and_what) {
  EXPECT_EQ(subject_text(notice("x"), "kiosk"),
            "[desktop-streamer kiosk] CRITICAL desktop: the stream is down (hold)");
  EXPECT_EQ(subject_text(notice("x", Kind::Resolved), "kiosk"),
            "[desktop-streamer kiosk] RESOLVED desktop: the stream is down (hold) (after 1 h 2 min 3 s)");
  EXPECT_THAT(subject_text(notice("x", Kind::StillOpen), "kiosk"), HasSubstr("STILL CRITICAL"));
  EXPECT_THAT(subject_text(notice("x", Kind::Test), "kiosk"), HasSubstr("TEST"));
}

TEST(AlertText, bodies_hold_the_reason_and_the_times) {
  AlertNotice resolved = notice("encoder lost", Kind::Resolved);
  resolved.alert.resolved_at = wall + 1h;
  EXPECT_THAT(body_text(resolved, "kiosk"),
              AllOf(HasSubstr("encoder lost\n"), HasSubstr("opened: 2026-11-21T12:00:00"),
                    HasSubstr("resolved: 2026-11-21T13:00:00"), HasSubstr("rule: service_down")));
}

TEST(AlertText, a_digest_lists_its_lines_and_counts_the_rest) {
  AlertNotice digest = notice("", Kind::Digest);
  digest.count = 7;
  digest.lines = {"first", "second"};
  EXPECT_THAT(body_text(digest, "kiosk"), AllOf(HasSubstr("- first\n- second\n"), HasSubstr("and 5 more")));
}

TEST(AlertText, long_bodies_are_cut_at_a_line_and_say_so) {
  AlertNotice digest = notice("", Kind::Digest);
  digest.count = 500;
  digest.lines.assign(200, std::string(500, 'x'));
  const std::string body = body_text(digest, "kiosk", 4000);
  EXPECT_LE(body.size(), 4000u);
  EXPECT_THAT(body, HasSubstr("(cut;"));
}

// --- A12: text from outside stays text

TEST(AlertText, line_breaks_from_outside_make_no_header) {
  AlertNotice evil = notice("x\r\nBcc: victim@example.org\r\n\r\nbody");
  evil.alert.title = "down\r\nBcc: victim@example.org";
  const std::string mail = mail_message(evil, {"a@x.org", {"b@x.org"}, "kiosk"}, wall);
  EXPECT_THAT(mail, Not(HasSubstr("\r\nBcc:")));
  EXPECT_THAT(mail, Not(HasSubstr("\nBcc:")));
  EXPECT_THAT(mail, HasSubstr("\\x0d\\x0aBcc: victim@example.org\r\nMessage-ID"));
}

TEST(AlertText, slack_sees_no_mention_and_no_link) {
  EXPECT_EQ(slack_escaped("<!channel> & <https://evil|click>"),
            "&lt;!channel&gt; &amp; &lt;https://evil|click&gt;");
  const auto json = nlohmann::json::parse(slack_body(notice("<!channel> @here *bold*"), "kiosk"));
  const std::string text = json["text"];
  EXPECT_THAT(text, Not(HasSubstr("<!")));
  EXPECT_THAT(text, Not(HasSubstr("@here")));
  EXPECT_EQ(json["mrkdwn"], false);
  EXPECT_EQ(json["parse"], "none");
  EXPECT_EQ(json["unfurl_links"], false);
}

TEST(AlertText, discord_sees_no_mention_and_no_markup) {
  const auto json =
      nlohmann::json::parse(discord_body(notice("@everyone **x** [a](http://evil) `c` <@123>"), "kiosk"));
  const std::string text = json["content"];
  EXPECT_THAT(text, Not(HasSubstr("@everyone")));
  EXPECT_THAT(text, HasSubstr("\\*\\*x\\*\\*"));
  EXPECT_THAT(text, HasSubstr("\\[a\\]\\("));
  EXPECT_THAT(text, HasSubstr("\\`c\\`"));
  EXPECT_TRUE(json["allowed_mentions"]["parse"].empty());
}

TEST(AlertText, discord_gets_at_most_2000_characters_whatever_is_in_them) {
  AlertNotice digest = notice("", Kind::Digest);
  digest.count = 500;
  digest.lines.assign(100, std::string(400, '*'));
  const std::string text = nlohmann::json::parse(discord_body(digest, "kiosk"))["content"];
  EXPECT_LE(text.size(), 2000u);
  EXPECT_THAT(text, HasSubstr("cut"));
}

TEST(AlertText, random_bytes_break_no_format) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    std::string bytes;
    for (int i = 0; i < 200; ++i) bytes += static_cast<char>(random());
    AlertNotice evil = notice(bytes);
    evil.alert.title = bytes.substr(0, 60);
    const std::string mail = mail_message(evil, {"a@x.org", {"b@x.org"}, "kiosk"}, wall);
    const std::string head = mail.substr(0, mail.find("\r\n\r\n"));
    EXPECT_EQ(std::count(head.begin(), head.end(), ':') > 5, true);
    for (const std::string& text : {mail, slack_body(evil, "kiosk"), discord_body(evil, "kiosk")}) {
      for (const char c : text) EXPECT_TRUE(c == '\r' || c == '\n' || static_cast<unsigned char>(c) >= ' ');
    }
    std::size_t at = 0;
    while ((at = head.find("\r\n", at)) != std::string::npos) {
      at += 2;
      EXPECT_TRUE(head[at] == ' ' || std::isupper(static_cast<unsigned char>(head[at])));
    }
    EXPECT_FALSE(nlohmann::json::parse(slack_body(evil, "kiosk"), nullptr, false).is_discarded());
    EXPECT_FALSE(nlohmann::json::parse(discord_body(evil, "kiosk"), nullptr, false).is_discarded());
  }
}

// --- mail

TEST(AlertText, a_mail_has_the_headers_that_mail_servers_want) {
  const std::string mail =
      mail_message(notice("why", Kind::Resolved), {"a@x.org", {"b@x.org", "c@x.org"}, "kiosk"}, wall);
  EXPECT_THAT(
      mail,
      StartsWith("Date: Sat, 21 Nov 2026 12:00:00 +0000\r\nFrom: a@x.org\r\nTo: b@x.org,\r\n c@x.org\r\n"));
  EXPECT_THAT(mail, HasSubstr("\r\nMessage-ID: <1764000000000-0001-1@kiosk>\r\n"));
  EXPECT_THAT(mail, HasSubstr("\r\nAuto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(mail, HasSubstr("\r\nImportance: high\r\n"));
  std::size_t begin = 0;
  for (std::size_t end; (end = mail.find("\r\n", begin)) != std::string::npos; begin = end + 2) {
    EXPECT_LE(end - begin, 998u);
  }
}

TEST(AlertText, later_mails_of_an_alert_refer_to_its_first) {
  AlertNotice second = notice("why", Kind::Resolved);
  second.id = second.alert.id + "-2";
  EXPECT_THAT(mail_message(second, {"a@x.org", {"b@x.org"}, "kiosk"}, wall),
              HasSubstr("\r\nReferences: <1764000000000-0001-1@kiosk>\r\n"));
  EXPECT_THAT(mail_message(notice("why"), {"a@x.org", {"b@x.org"}, "kiosk"}, wall),
              Not(HasSubstr("References")));
}

TEST(AlertText, header_text_beyond_ascii_is_encoded) {
  EXPECT_EQ(mail_header_text("plain"), "plain");
  EXPECT_EQ(mail_header_text("St\xC3\xB6rung"), "=?utf-8?B?U3TDtnJ1bmc=?=");
  EXPECT_THAT(mail_header_text("=?utf-8?B?AAAA?="), Not(testing::Eq("=?utf-8?B?AAAA?=")));
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "\xC3\xB6";
  const std::string words = mail_header_text(umlauts);
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find("\r\n ", begin), words.size());
    EXPECT_LE(end - begin, 75u);
    begin = end + 3;
  }
}

TEST(AlertText, dates_are_those_of_rfc_5322) {
  EXPECT_EQ(mail_date(*parse_rfc3339("2024-02-29T23:59:59Z")), "Thu, 29 Feb 2024 23:59:59 +0000");
  EXPECT_EQ(mail_date(*parse_rfc3339("2027-01-01T00:00:00Z")), "Fri, 01 Jan 2027 00:00:00 +0000");
}

}  // namespace
}  // namespace supervisor
