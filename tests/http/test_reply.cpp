#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "supervisor/http/range.h"
#include "supervisor/http/reply.h"
#include "supervisor/media/segment_body.h"

namespace supervisor {
namespace {

HttpRequest get_request() {
  HttpRequest request;
  request.method = "GET";
  return request;
}

std::string head_of(const Reply& reply, const HttpRequest& request = get_request()) {
  std::string head;
  format_head(reply, request, "DATE", head);
  return head;
}

bool has(const std::string& text, const std::string& piece) {
  return text.find(piece) != std::string::npos;
}

TEST(Playlist, each_coding_has_a_tag_of_its_own) {
  const auto text = std::make_shared<const std::string>("#EXTM3U");
  const auto packed = std::make_shared<const std::string>("xyz");
  HttpRequest request = get_request();
  const Reply plain = playlist_reply(request, text, nullptr, "a-1", false);
  const Reply gzipped = playlist_reply(request, text, packed, "a-1", false);
  EXPECT_TRUE(has(head_of(plain), "ETag: \"a-1\"\r\n") && has(head_of(plain), "Vary: Accept-Encoding\r\n"));
  EXPECT_FALSE(has(head_of(plain), "Content-Encoding"));
  EXPECT_TRUE(has(head_of(gzipped), "ETag: \"a-1-gz\"\r\n") &&
              has(head_of(gzipped), "Vary: Accept-Encoding\r\n"));
  EXPECT_TRUE(has(head_of(gzipped), "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(gzipped.body_bytes(), 3u);
  request.if_none_match = "\"a-1\"";
  EXPECT_EQ(playlist_reply(request, text, packed, "a-1", false).status, 200)
      << "another coding is another thing";
}

TEST(Range, is_judged_as_rfc_9110_says) {
  struct Row {
    const char* field;
    RangeVerdict::Kind kind;
    std::uint64_t first, length;
  };
  using Kind = RangeVerdict::Kind;
  constexpr std::uint64_t size = 1000;
  for (const Row& row : std::vector<Row>{
           {"bytes=0-0", Kind::Part, 0, 1},
           {"bytes=0-999", Kind::Part, 0, 1000},
           {"bytes=0-1000", Kind::Part, 0, 1000},
           {"bytes=10-19", Kind::Part, 10, 10},
           {"bytes=999-", Kind::Part, 999, 1},
           {"bytes=-1", Kind::Part, 999, 1},
           {"bytes=-5000", Kind::Part, 0, 1000},
           {"BYTES = 1-2", Kind::Part, 1, 2},
           {"bytes=5-99999999999999999999999", Kind::Part, 5, 995},
           {"bytes=1000-", Kind::Unsatisfiable, 0, 0},
           {"bytes=99999999999999999999999-", Kind::Unsatisfiable, 0, 0},
           {"bytes=-0", Kind::Unsatisfiable, 0, 0},
           {"", Kind::Whole, 0, 0},
           {"bytes", Kind::Whole, 0, 0},
           {"bytes=", Kind::Whole, 0, 0},
           {"bytes=-", Kind::Whole, 0, 0},
           {"bytes=5", Kind::Whole, 0, 0},
           {"bytes=9-5", Kind::Whole, 0, 0},
           {"bytes=a-b", Kind::Whole, 0, 0},
           {"bytes=--5", Kind::Whole, 0, 0},
           {"bytes=-+5", Kind::Whole, 0, 0},
           {"items=0-1", Kind::Whole, 0, 0},
           {"bytes=0-1,5-9", Kind::Whole, 0, 0},
       }) {
    const RangeVerdict verdict = judge_range(row.field, size);
    EXPECT_EQ(verdict.kind, row.kind) << row.field;
    EXPECT_EQ(verdict.first, row.first) << row.field;
    EXPECT_EQ(verdict.length, row.length) << row.field;
  }
}

TEST(Range, of_nothing_is_never_satisfiable) {
  EXPECT_EQ(judge_range("bytes=0-", 0).kind, RangeVerdict::Kind::Unsatisfiable);
  EXPECT_EQ(judge_range("bytes=-1", 0).kind, RangeVerdict::Kind::Unsatisfiable);
}

TEST(Range, a_thousand_overlapping_ranges_are_one_whole) {
  std::string field = "bytes=";
  for (int i = 0; i < 1000; ++i) field += "0-,";
  EXPECT_EQ(judge_range(field, 1 << 20).kind, RangeVerdict::Kind::Whole);
}

TEST(Reply, a_problem_says_what_is_wrong_as_json) {
  const Reply reply = problem(404, "no \"such\" \xff thing");
  EXPECT_EQ(reply.content_type, "application/problem+json");
  const auto body = nlohmann::json::parse(reply.text);
  EXPECT_EQ(body["status"], 404);
  EXPECT_EQ(body["title"], "Not Found");
  EXPECT_EQ(body["type"], "about:blank");
  EXPECT_TRUE(has(body["detail"], "\"such\""));
  EXPECT_TRUE(has(head_of(reply), "Cache-Control: no-store\r\n"));
}

TEST(Reply, the_head_is_exactly_this) {
  Reply reply = text_reply("ok\n", "text/plain");
  reply.kind = RouteKind::Media;
  EXPECT_EQ(head_of(reply),
            "HTTP/1.1 200 OK\r\nDate: DATE\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
            "Cache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\n"
            "Access-Control-Expose-Headers: Date, Age, ETag, Content-Length, Content-Range, Retry-After\r\n"
            "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
            "Cross-Origin-Resource-Policy: cross-origin\r\n\r\n");
}

TEST(Reply, connection_is_said_only_where_it_is_not_the_default) {
  HttpRequest request = get_request();
  EXPECT_FALSE(has(head_of(json_reply("{}"), request), "Connection"));
  request.http11 = false;
  EXPECT_TRUE(has(head_of(json_reply("{}"), request), "Connection: keep-alive\r\n"));
  request.keep_alive = false;
  EXPECT_TRUE(has(head_of(json_reply("{}"), request), "Connection: close\r\n"));
  EXPECT_TRUE(has(head_of(event_stream_reply()), "Connection: close\r\n"));
  EXPECT_FALSE(has(head_of(event_stream_reply()), "Content-Length"));
}

TEST(Reply, pages_and_api_answers_cannot_be_framed_or_scripted_and_only_media_has_cors) {
  const Asset asset{
      .bytes = "<html>", .gzipped = {}, .content_type = "text/html", .etag = "e", .immutable = false};
  const std::string page = head_of(asset_reply(get_request(), asset));
  EXPECT_TRUE(has(page, "default-src 'none'; script-src 'self';"));
  EXPECT_TRUE(has(page, "frame-ancestors 'none'"));
  EXPECT_TRUE(has(page, "X-Frame-Options: DENY"));
  EXPECT_FALSE(has(page, "Access-Control"));
  EXPECT_FALSE(has(head_of(json_reply("{}")), "Access-Control"));
  EXPECT_TRUE(has(head_of(json_reply("{}")), "frame-ancestors 'none'"));
}

TEST(Reply, the_date_is_an_imf_fixdate) {
  EXPECT_EQ(format_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Reply, a_playlist_is_revalidated_unless_the_request_was_blocking) {
  const auto text = std::make_shared<const std::string>("#EXTM3U\n");
  HttpRequest request = get_request();
  EXPECT_TRUE(
      has(head_of(playlist_reply(request, text, nullptr, "a-1", false)), "Cache-Control: no-cache\r\n"));
  EXPECT_TRUE(has(head_of(playlist_reply(request, text, nullptr, "a-1", true)),
                  "Cache-Control: public, max-age=4\r\n"));
  request.if_none_match = "\"b\", W/\"a-1\"";
  const Reply same = playlist_reply(request, text, nullptr, "a-1", false);
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body_bytes(), 0u);
  EXPECT_TRUE(has(head_of(same), "ETag: \"a-1\"\r\n"));
  EXPECT_FALSE(has(head_of(same), "\r\nContent-Length"));
}

TEST(Reply, entity_tags_are_compared_whole) {
  EXPECT_TRUE(etag_matches("\"a\"", "a"));
  EXPECT_TRUE(etag_matches("*", "a"));
  EXPECT_FALSE(etag_matches("\"ab\"", "a"));
  EXPECT_FALSE(etag_matches("a", "a"));
  EXPECT_FALSE(etag_matches("", "a"));
  EXPECT_FALSE(etag_matches("\"", ""));
}

TEST(Reply, gzip_is_sent_to_those_who_take_it) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("deflate, gzip;q=0.5"));
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_FALSE(accepts_gzip("gzip;q=0, *"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0.000"));
  EXPECT_FALSE(accepts_gzip("br"));

  const Asset asset{
      .bytes = "plain", .gzipped = "zip", .content_type = "text/css", .etag = "e", .immutable = true};
  HttpRequest request = get_request();
  EXPECT_EQ(asset_reply(request, asset).view, "plain");
  EXPECT_TRUE(has(head_of(asset_reply(request, asset)), "Vary: Accept-Encoding"));
  request.accept_encoding = "gzip";
  const Reply zipped = asset_reply(request, asset);
  EXPECT_EQ(zipped.view, "zip");
  EXPECT_TRUE(has(head_of(zipped), "Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(has(head_of(zipped), "immutable"));
  EXPECT_TRUE(has(head_of(zipped), "ETag: \"e-gz\"\r\n"));
}

MediaBytes some_media(std::size_t offset, std::size_t size) {
  const std::vector<std::uint8_t> bytes(offset + size, 7);
  return {.body = *SegmentBody::of(bytes),
          .offset = offset,
          .size = size,
          .content_type = "video/mp4",
          .max_age_seconds = 40};
}

TEST(Reply, a_range_of_media_is_counted_from_its_own_start) {
  HttpRequest request = get_request();
  request.range = "bytes=10-19";
  const Reply reply = media_reply(request, some_media(100, 50), "part-1");
  EXPECT_EQ(reply.status, 206);
  EXPECT_EQ(reply.media.offset, 110u);
  EXPECT_EQ(reply.media.size, 10u);
  EXPECT_TRUE(has(head_of(reply), "Content-Range: bytes 10-19/50\r\nContent") ||
              has(head_of(reply), "Content-Range: bytes 10-19/50\r\n"));
  EXPECT_TRUE(has(head_of(reply), "Cache-Control: public, max-age=40, immutable\r\n"));
}

TEST(Reply, a_range_behind_the_end_is_refused_with_the_size) {
  HttpRequest request = get_request();
  request.range = "bytes=50-";
  const Reply reply = media_reply(request, some_media(0, 50), "part-1");
  EXPECT_EQ(reply.status, 416);
  EXPECT_TRUE(has(head_of(reply), "Content-Range: bytes */50\r\n"));
}

TEST(Reply, what_the_client_has_is_not_sent_whatever_range_it_asks_for) {
  HttpRequest request = get_request();
  request.if_none_match = "\"part-1\"";
  for (const char* range : {"bytes=0-1", "bytes=50-"}) {
    request.range = range;
    EXPECT_EQ(media_reply(request, some_media(0, 50), "part-1").status, 304) << range;
  }
}

TEST(Reply, if_range_of_other_bytes_gets_the_whole) {
  HttpRequest request = get_request();
  request.range = "bytes=0-1";
  request.if_range = "\"other\"";
  EXPECT_EQ(media_reply(request, some_media(0, 50), "part-1").status, 200);
  request.if_range = "\"part-1\"";
  EXPECT_EQ(media_reply(request, some_media(0, 50), "part-1").status, 206);
  request.if_range = "Sun, 06 Nov 1994 08:49:37 GMT";
  EXPECT_EQ(media_reply(request, some_media(0, 50), "part-1").status, 200);
}

}  // namespace
}  // namespace supervisor
