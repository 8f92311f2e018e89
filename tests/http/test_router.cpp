#include <gtest/gtest.h>

#include "supervisor/http/answer.h"
#include "supervisor/http/router.h"
#include "supervisor/http/target.h"

namespace supervisor {
namespace {

using Kind = RouteVerdict::Kind;

RouteVerdict route(std::string_view method, std::string_view text) {
  const auto target = parse_target(text);
  EXPECT_TRUE(target) << text;
  return target ? find_route(method, *target) : RouteVerdict{};
}

TEST(Target, takes_path_and_query_apart_and_decodes_them_once) {
  const auto target = parse_target("/api/logs?level=warn&since=2026%2D01+x&flag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segments, (std::vector<std::string>{"api", "logs"}));
  EXPECT_EQ(target->parameter("level"), "warn");
  EXPECT_EQ(target->parameter("since"), "2026-01 x");
  EXPECT_EQ(target->parameter("flag"), "");
  EXPECT_EQ(target->parameter("none"), std::nullopt);
}

TEST(Target, the_absolute_form_names_its_host) {
  const auto target = parse_target("http://evil.example:80/api/status?x=1");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->authority, "evil.example:80");
  EXPECT_EQ(target->segments.size(), 2u);
  EXPECT_TRUE(parse_target("http://localhost"));
  EXPECT_FALSE(parse_target("http:///path"));
}

TEST(Target, everything_ambiguous_is_refused) {
  for (const std::string_view text : {"",
                                      "x",
                                      "api/status",
                                      "*",
                                      "/..",
                                      "/../etc/passwd",
                                      "/hls/../../etc/passwd",
                                      "/./x",
                                      "/hls/desktop/..",
                                      "/%2e%2e/etc/passwd",
                                      "/%2E%2E/etc",
                                      "/.%2e/x",
                                      "/%2e/x",
                                      "/hls/a%2fb",
                                      "/hls/a%2Fb",
                                      "/hls/..%2f..%2fetc",
                                      "/hls/a%5cb",
                                      "/a\\b",
                                      "/..\\..\\x",
                                      "/%00",
                                      "/hls/desktop/seg%00.m4s",
                                      "/%252e%252e/x",
                                      "/hls//x",
                                      "//",
                                      "//etc/passwd",
                                      "/a//",
                                      "/%",
                                      "/%4",
                                      "/%zz",
                                      "/a%0d%0ab",
                                      "/a\x01",
                                      "/a%7f",
                                      "/a?b=%00",
                                      "/a?b=%0a",
                                      "/a?b=%g0",
                                      "/a#b",
                                      "/1/2/3/4/5/6/7/8/9"})
    EXPECT_FALSE(parse_target(text)) << text;
  EXPECT_FALSE(parse_target(std::string_view("/a\0b", 4)));
}

TEST(Target, query_parameters_are_bounded) {
  std::string text = "/x?";
  for (int i = 0; i < 16; ++i) text += "a=1&";
  EXPECT_TRUE(parse_target(text));
  EXPECT_FALSE(parse_target(text + "a=1"));
  EXPECT_TRUE(parse_target("/x?a=" + std::string(256, 'b')));
  EXPECT_FALSE(parse_target("/x?a=" + std::string(257, 'b')));
}

TEST(Router, finds_every_route_of_its_own_table) {
  for (const RouteRow& row : route_table()) {
    std::string path(row.pattern);
    for (const auto& [variable, value] : std::vector<std::pair<std::string, std::string>>{
             {"{stream}", "desk-1"}, {"{name}", "seg-1-2.m4s"}, {"{path...}", "app.js"}})
      if (const auto at = path.find(variable); at != std::string::npos)
        path.replace(at, variable.size(), value);
    const RouteVerdict verdict = route(row.method, path);
    EXPECT_EQ(verdict.kind, Kind::Found) << path;
    EXPECT_EQ(verdict.route.id, row.id) << path;
    EXPECT_EQ(verdict.route.changes_state, row.method != "GET") << path;
    EXPECT_FALSE(row.summary.empty());
    if (row.method == "GET") {
      EXPECT_EQ(route("HEAD", path).route.id, row.id);
    }
    EXPECT_EQ(route("OPTIONS", path).kind, Kind::Options) << path;
    EXPECT_EQ(route("DELETE", path).kind, Kind::MethodNotAllowed) << path;
    EXPECT_EQ(route("TRACE", path).kind, Kind::MethodNotAllowed) << path;
    EXPECT_EQ(route("BREW", path).kind, Kind::NotImplemented) << path;
  }
}

TEST(Router, fills_stream_and_name) {
  EXPECT_EQ(route("GET", "/hls/desk_2/part-1-7-0.m4s").route.stream, "desk_2");
  EXPECT_EQ(route("GET", "/hls/desk_2/part-1-7-0.m4s").route.name, "part-1-7-0.m4s");
  EXPECT_EQ(route("GET", "/hls/desktop/playlist.m3u8").route.id, RouteId::Playlist);
  EXPECT_EQ(route("GET", "/").route.id, RouteId::Asset);
  EXPECT_EQ(route("GET", "/").route.name, "");
  EXPECT_EQ(route("GET", "/assets/app.js").route.name, "assets/app.js");
}

TEST(Router, tells_the_list_of_incidents_from_one_of_them_and_its_picture) {
  EXPECT_EQ(route("GET", "/api/streams/desk/incidents").route.id, RouteId::Incidents);
  const RouteVerdict one = route("GET", "/api/streams/desk/incidents/20261121T043211-0007");
  EXPECT_EQ(one.route.id, RouteId::Incident);
  EXPECT_EQ(one.route.stream, "desk");
  EXPECT_EQ(one.route.name, "20261121T043211-0007");
  const RouteVerdict picture = route("GET", "/api/streams/desk/incidents/20261121T043211-0007/picture.jpg");
  EXPECT_EQ(picture.route.id, RouteId::PictureOfIncident);
  EXPECT_EQ(picture.route.name, "20261121T043211-0007");
  EXPECT_EQ(route("GET", "/api/streams/desk/drill").kind, Kind::MethodNotAllowed);
}

TEST(Router, names_what_is_allowed) {
  EXPECT_EQ(route("POST", "/api/status").allow, "GET, HEAD, OPTIONS");
  EXPECT_EQ(route("GET", "/api/start").allow, "POST, OPTIONS");
  EXPECT_EQ(route("OPTIONS", "/hls/d/playlist.m3u8").route.kind, RouteKind::Media);
}

TEST(Router, what_is_not_there_is_not_found) {
  for (const char* path :
       {"/api", "/api/", "/api/nothing", "/api/status/", "/api/status/x", "/hls", "/hls/", "/hls/desktop",
        "/hls/desktop/", "/hls/DESKTOP/playlist.m3u8", "/hls/a/b/c", "/hls/a.b/playlist.m3u8",
        "/api/streams/x/explode", "/api/streams/X/start", "/api/streams/x/incidents/",
        "/api/streams/x/incidents/1/picture.png", "/api/streams/x/snapshot.png"})
    EXPECT_EQ(route("GET", path).kind, Kind::NotFound) << path;
  EXPECT_EQ(route("GET", "/hls/" + std::string(33, 'a') + "/playlist.m3u8").kind, Kind::NotFound);
  EXPECT_EQ(route("GET", "/hls/" + std::string(32, 'a') + "/playlist.m3u8").kind, Kind::Found);
}

TEST(Router, media_is_told_by_its_first_words) {
  EXPECT_EQ(stream_of_media("GET", "/hls/wall-2/playlist.m3u8?_HLS_msn=1"), "wall-2");
  EXPECT_EQ(stream_of_media("HEAD", "/hls/a/part"), "a");
  EXPECT_EQ(stream_of_media("GET", "/hls/" + std::string(32, 'a') + "/x"), std::string(32, 'a'));
  for (const char* target : {"/hls/a", "/hls/", "/hls//x", "/hls/A/x", "/hls/%61/x", "/hlsx/a/x",
                             "/api/status", "http://h/hls/a/x", "/./hls/a/x", "*", ""})
    EXPECT_EQ(stream_of_media("GET", target), "") << target;
  EXPECT_EQ(stream_of_media("POST", "/hls/a/x"), "");
  EXPECT_EQ(stream_of_media("OPTIONS", "/hls/a/x"), "");
}

common::Result<PlaylistQuery> playlist_query(std::string_view query) {
  return parse_playlist_query(*parse_target("/p?" + std::string(query)));
}

TEST(PlaylistQuery, reads_the_delivery_directives) {
  const auto query = playlist_query("_HLS_msn=12&_HLS_part=3&_HLS_skip=YES&other=1");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->msn, 12);
  EXPECT_EQ(query->part, 3);
  EXPECT_TRUE(query->skip);
  EXPECT_TRUE(playlist_query("_HLS_skip=v2")->skip);
  EXPECT_FALSE(playlist_query("_HLS_skip=no")->skip);
}

TEST(PlaylistQuery, refuses_what_is_not_a_number_or_stands_alone) {
  for (const char* query :
       {"_HLS_part=1", "_HLS_msn=", "_HLS_msn=-1", "_HLS_msn=+1", "_HLS_msn=1x", "_HLS_msn=0x5",
        "_HLS_msn=99999999999999999999", "_HLS_msn=1&_HLS_part=", "_HLS_msn=1&_HLS_msn=2",
        "_HLS_msn=1&_HLS_part=-1", "_HLS_msn=1&_HLS_part=1000000"})
    EXPECT_FALSE(playlist_query(query)) << query;
}

TEST(LogQueryText, is_checked_and_bounded) {
  const auto query = parse_log_request(*parse_target("/api/logs?level=warn&stream=desktop&limit=1000"));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->limit, 1000);
  for (const char* text : {"level=loud", "stream=A", "limit=1001", "limit=-1", "limit=x"})
    EXPECT_FALSE(parse_log_request(*parse_target("/api/logs?" + std::string(text)))) << text;
}

}  // namespace
}  // namespace supervisor
