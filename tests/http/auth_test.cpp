#include "supervisor/http/auth.h"

#include <gtest/gtest.h>

#include "supervisor/credentials/encoding.h"
#include "supervisor/http/auth_limit.h"
#include "supervisor/http/auth_ticket.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using Kind = Presented::Kind;

std::string basic(const std::string& pair) {
  return "Basic " + to_base64(pair, Base64::Standard);
}

TEST(Authorization, a_token_is_read_in_either_scheme) {
  EXPECT_EQ(read_authorization("").kind, Kind::Nothing);
  for (const std::string& field : {std::string("Bearer dst_abc"), std::string("bearer  dst_abc"),
                                   basic("anybody:dst_abc"), basic(":dst_abc")}) {
    const Presented presented = read_authorization(field);
    EXPECT_EQ(presented.kind, Kind::Token) << field;
    EXPECT_EQ(presented.secret, "dst_abc");
  }
}

TEST(Authorization, a_password_may_hold_colons_and_any_letter) {
  const Presented presented = read_authorization(basic("ann:pass:w\xc3\xb6rd"));
  EXPECT_EQ(presented.kind, Kind::Password);
  EXPECT_EQ(presented.name, "ann");
  EXPECT_EQ(presented.secret, "pass:w\xc3\xb6rd");
}

TEST(Authorization, everything_else_is_unreadable) {
  for (const std::string& field :
       {std::string("Bearer"), std::string("Bearer "), std::string("Bearer a b"), std::string("Digest x"),
        std::string("Basic ???"), basic("no colon"), basic("a b:password"), basic("ann:"),
        basic("ann:" + std::string(1025, 'p')), "Bearer " + std::string(presented_bytes_max, 'a')})
    EXPECT_EQ(read_authorization(field).kind, Kind::Unreadable) << field;
  EXPECT_EQ(read_authorization("Bearer " + std::string(presented_bytes_max - 7, 'a')).kind, Kind::Token);
}

TEST(Cookie, only_ours_is_read) {
  EXPECT_EQ(read_session_cookie("a=b; desktop_streamer_session=xyz; c=d"), "xyz");
  EXPECT_EQ(read_session_cookie("desktop_streamer_session="), "");
  EXPECT_EQ(read_session_cookie("xdesktop_streamer_session=1; desktop_streamer_session2=2"), "");
  const std::string set = session_cookie("v", 60, false);
  EXPECT_EQ(set, "desktop_streamer_session=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=60");
  EXPECT_NE(session_cookie("v", 60, true).find("; Secure"), std::string::npos);
  EXPECT_NE(session_cookie("", 60, false).find("Max-Age=0"), std::string::npos);
}

// The whole table: who may pass what, with credentials in the configuration.
TEST(Access, a_viewer_reads_and_an_operator_does_everything) {
  const AccessRules rules{.required = true, .public_media = false};
  const Identity nobody, viewer{"v", Role::Viewer, false}, oper{"o", Role::Operator, false};
  for (const auto& [needs, of_nobody, of_viewer] :
       {std::tuple(Needs::Nothing, 0, 0), std::tuple(Needs::Media, 401, 0), std::tuple(Needs::Viewer, 401, 0),
        std::tuple(Needs::Operator, 401, 403), std::tuple(Needs::OperatorOfConfig, 401, 403)}) {
    EXPECT_EQ(judge_access(rules, needs, nobody, true).status, of_nobody);
    EXPECT_EQ(judge_access(rules, needs, viewer, true).status, of_viewer);
    EXPECT_EQ(judge_access(rules, needs, oper, false).status, 0);
  }
  const AccessVerdict refused = judge_access(rules, Needs::Operator, viewer, true);
  EXPECT_NE(refused.detail.find("role operator, and v has the role viewer"), std::string::npos);
}

TEST(Access, basic_opens_only_what_reads_because_browsers_send_it_by_themselves) {
  const AccessRules rules{.required = true, .public_media = false};
  const Identity who{"o", Role::Operator, true};
  EXPECT_EQ(judge_access(rules, Needs::Media, who, true).status, 0);
  EXPECT_EQ(judge_access(rules, Needs::Viewer, who, true).status, 0);
  EXPECT_EQ(judge_access(rules, Needs::Operator, who, true).status, 401);
}

TEST(Access, public_media_needs_nothing_and_the_rest_still_does) {
  const AccessRules rules{.required = true, .public_media = true};
  EXPECT_EQ(judge_access(rules, Needs::Media, {}, false).status, 0);
  EXPECT_EQ(judge_access(rules, Needs::Viewer, {}, false).status, 401);
}

TEST(Access, without_credentials_all_is_open_but_the_configuration_from_elsewhere) {
  for (const Needs needs : {Needs::Media, Needs::Viewer, Needs::Operator})
    EXPECT_EQ(judge_access({}, needs, {}, false).status, 0);
  EXPECT_EQ(judge_access({}, Needs::OperatorOfConfig, {}, true).status, 0);
  EXPECT_EQ(judge_access({}, Needs::OperatorOfConfig, {}, false).status, 403);
}

TEST(Routes, only_these_are_open) {
  std::vector<std::string> open;
  for (const RouteRow& row : route_table()) {
    if (needs_of(row) == Needs::Nothing) open.emplace_back(row.pattern);
    if (row.method != "GET" && needs_of(row) != Needs::Nothing) {
      EXPECT_GE(needs_of(row), Needs::Operator) << row.pattern;
    }
  }
  EXPECT_EQ(open, (std::vector<std::string>{"/api/login", "/api/logout", "/api/session", "/healthz",
                                            "/readyz", "/{path...}"}));
}

const std::string signing_key(32, 'k');

SessionTicket ticket_of_ann() {
  return {std::string(32, 'a'), 1000, "ann"};
}

TEST(Ticket, is_good_until_it_ends_and_for_this_key_and_password_only) {
  const std::string text = sign_ticket(ticket_of_ann(), signing_key, "hash");
  EXPECT_EQ(read_ticket(text)->name, "ann");
  EXPECT_EQ(read_ticket(text)->ends_at_unix, 1000);
  EXPECT_TRUE(is_ticket_good(text, signing_key, "hash", 999));
  EXPECT_FALSE(is_ticket_good(text, signing_key, "hash", 1000));
  EXPECT_FALSE(is_ticket_good(text, std::string(32, 'x'), "hash", 0));
  EXPECT_FALSE(is_ticket_good(text, signing_key, "another", 0));
}

TEST(Ticket, one_that_was_changed_anywhere_is_none) {
  const std::string text = sign_ticket(ticket_of_ann(), signing_key, "hash");
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == 'B' ? 'C' : 'B';
    // The last letter of each half has bits that say nothing.
    const bool same = from_base64(changed.substr(changed.find('.') + 1), Base64::Url) ==
                          from_base64(text.substr(text.find('.') + 1), Base64::Url) &&
                      from_base64(changed.substr(0, changed.find('.')), Base64::Url) ==
                          from_base64(text.substr(0, text.find('.')), Base64::Url);
    EXPECT_EQ(is_ticket_good(changed, signing_key, "hash", 0), same) << at;
  }
  for (const std::string& other : {std::string(), std::string("."), text.substr(0, text.find('.')),
                                   text + "x", std::string(ticket_bytes_max + 1, 'A')})
    EXPECT_FALSE(is_ticket_good(other, signing_key, "hash", 0)) << other;
}

TEST(LoginLimit, the_first_are_free_and_each_further_one_waits_twice_as_long) {
  LoginLimit limit({.free_attempts = 3, .delay = 1000ms, .delay_max = 5000ms});
  common::MonoTime now{1h};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.try_now("a", now), 0ms) << i;
  for (const auto wait : {1000ms, 2000ms, 4000ms, 5000ms, 5000ms}) {
    EXPECT_EQ(limit.try_now("a", now), wait);
    EXPECT_EQ(limit.try_now("a", now + wait - 1ms), 1ms) << "asking too early counts for nothing";
    now += wait;
    EXPECT_EQ(limit.try_now("a", now), 0ms);
  }
  EXPECT_EQ(limit.try_now("b", now), 0ms) << "others are not held back";
}

// Fault C06: a thousand attempts a minute are at most twenty comparisons.
TEST(LoginLimit, a_thousand_attempts_in_a_minute_are_few_comparisons) {
  LoginLimit limit;
  common::MonoTime now{1h};
  int compared = 0;
  for (int i = 0; i < 1000; ++i, now += 60ms) compared += limit.try_now("a", now) == 0ms;
  EXPECT_LE(compared, 20);
  EXPECT_GE(compared, 5);
}

TEST(LoginLimit, success_and_long_silence_forgive) {
  LoginLimit limit({.free_attempts = 1, .delay = 1000ms, .delay_max = 1000ms});
  common::MonoTime now{1h};
  EXPECT_EQ(limit.try_now("a", now), 0ms);
  EXPECT_GT(limit.try_now("a", now), 0ms);
  limit.forgive("a");
  EXPECT_EQ(limit.try_now("a", now), 0ms);
  limit.take_back("a");
  EXPECT_EQ(limit.try_now("a", now), 0ms);
  EXPECT_GT(limit.try_now("a", now), 0ms);
  EXPECT_EQ(limit.try_now("a", now + LoginLimit::forget_after), 0ms);
}

TEST(LoginLimit, addresses_are_bounded_and_the_longest_silent_one_goes) {
  LoginLimit limit({.free_attempts = 1, .delay = 60000ms, .delay_max = 60000ms});
  common::MonoTime now{1h};
  for (std::size_t i = 0; i < LoginLimit::addresses_max; ++i, now += 1ms)
    EXPECT_EQ(limit.try_now(std::to_string(i), now), 0ms);
  EXPECT_GT(limit.try_now("0", now), 0ms);
  EXPECT_EQ(limit.try_now("one more", now), 0ms);
  EXPECT_EQ(limit.addresses(), LoginLimit::addresses_max);
  EXPECT_EQ(limit.try_now("0", now), 0ms) << "forgotten";
}

TEST(LoginLimit, a_visitor_of_ipv6_is_a_64) {
  EXPECT_EQ(login_address("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(login_address("2001:db8::1"), login_address("2001:db8::ffff:1:2:3"));
  EXPECT_NE(login_address("2001:db8:0:1::1"), login_address("2001:db8:0:2::1"));
  EXPECT_EQ(login_address("::ffff:192.0.2.7"), "192.0.2.7");
}

}  // namespace
}  // namespace supervisor
