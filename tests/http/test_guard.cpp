#include <gtest/gtest.h>

#include "supervisor/http/guard.h"

namespace supervisor {
namespace {

const std::vector<std::string> names{"Wall.example", "kiosk"};

TEST(HostGuard, lets_addresses_localhost_and_configured_names_pass) {
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:8080", "10.1.2.3:80", "[::1]", "[::1]:8080", "[FE80::1]:1", "localhost",
        "LOCALHOST:8080", "localhost.:80", "wall.example", "WALL.EXAMPLE:8080", "kiosk"})
    EXPECT_TRUE(is_host_allowed(host, names)) << host;
}

TEST(HostGuard, refuses_every_name_an_attacker_can_own) {
  for (const char* host : {"",
                           "evil.example",
                           "evil.example:8080",
                           "127.0.0.1.evil.example",
                           "localhost.evil.example",
                           "xlocalhost",
                           "kiosk.evil.example",
                           "127.0.0.1@evil.example",
                           "evil.example#localhost",
                           "[::1].evil.example",
                           "[localhost]",
                           "[::1",
                           "::1",
                           "127.0.0.1:80:80",
                           "127.0.0.1:http",
                           "127.0.0.1:123456",
                           "local host",
                           "[]",
                           ":80",
                           "0x7f.1 "})
    EXPECT_FALSE(is_host_allowed(host, names)) << host;
}

HttpRequest post(std::string origin, std::string site = {}) {
  HttpRequest request;
  request.method = "POST";
  request.origin = std::move(origin);
  request.sec_fetch_site = std::move(site);
  return request;
}

TEST(ChangeGuard, lets_the_dashboard_and_tools_pass) {
  EXPECT_EQ(judge_change(post(""), "127.0.0.1:8080").status, 0);
  EXPECT_EQ(judge_change(post("http://127.0.0.1:8080", "same-origin"), "127.0.0.1:8080").status, 0);
  EXPECT_EQ(judge_change(post("https://Wall.example"), "wall.example:443").status, 0);
  EXPECT_EQ(judge_change(post("http://localhost:80"), "localhost").status, 0);
  EXPECT_EQ(judge_change(post("", "none"), "127.0.0.1:8080").status, 0);
}

TEST(ChangeGuard, refuses_other_sites) {
  EXPECT_EQ(judge_change(post("null"), "127.0.0.1:8080").status, 403);
  EXPECT_EQ(judge_change(post("http://evil.example"), "127.0.0.1:8080").status, 403);
  EXPECT_EQ(judge_change(post("http://127.0.0.1:9999"), "127.0.0.1:8080").status, 403);
  EXPECT_EQ(judge_change(post("file://"), "127.0.0.1:8080").status, 403);
  EXPECT_EQ(judge_change(post("", "cross-site"), "127.0.0.1:8080").status, 403);
  EXPECT_EQ(judge_change(post("", "same-site"), "127.0.0.1:8080").status, 403);
  EXPECT_EQ(judge_change(post("http://127.0.0.1:8080", "cross-site"), "127.0.0.1:8080").status, 403);
}

TEST(ChangeGuard, a_body_must_be_json_by_type_and_by_content) {
  HttpRequest request = post("");
  request.has_body = true;
  request.body = "{}";
  EXPECT_EQ(judge_change(request, "localhost").status, 415);
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                           "application/jsonp", "text/plain; application/json"}) {
    request.content_type = type;
    EXPECT_EQ(judge_change(request, "localhost").status, 415) << type;
  }
  for (const char* type : {"application/json", "Application/JSON; charset=utf-8", "application/json ;x"}) {
    request.content_type = type;
    EXPECT_EQ(judge_change(request, "localhost").status, 0) << type;
  }
  request.body = "{";
  EXPECT_EQ(judge_change(request, "localhost").status, 400);
}

TEST(JsonBody, depth_repeated_keys_and_garbage_are_refused) {
  EXPECT_EQ(judge_json_body("").status, 0);
  EXPECT_EQ(judge_json_body(R"({"a":{"b":1},"c":[{"a":1},{"a":2}]})").status, 0);
  EXPECT_EQ(judge_json_body(std::string(32, '[') + std::string(32, ']')).status, 0);
  EXPECT_EQ(judge_json_body(std::string(33, '[') + std::string(33, ']')).status, 400);
  EXPECT_EQ(judge_json_body(std::string(65000, '[')).status, 400);
  EXPECT_EQ(judge_json_body(R"({"a":1,"a":2})").status, 400);
  EXPECT_EQ(judge_json_body("{\"a\":1} x").status, 400);
  EXPECT_EQ(judge_json_body("\xff").status, 400);
}

}  // namespace
}  // namespace supervisor
