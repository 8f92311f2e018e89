#include <gtest/gtest.h>

#include "supervisor/http/negotiate.h"
#include "supervisor/http/openapi.h"

namespace supervisor {
namespace {

HttpRequest gzip_request(const char* accept_encoding = "br, gzip;q=0.5") {
  HttpRequest request;
  request.method = "GET";
  request.accept_encoding = accept_encoding;
  return request;
}

bool is_packed(const Reply& reply) {
  return reply.fields.find("Content-Encoding: gzip\r\n") != std::string::npos;
}

bool varies(const Reply& reply) {
  return reply.fields.find("Vary: Accept-Encoding\r\n") != std::string::npos;
}

TEST(Accept, is_judged_as_rfc_9110_says) {
  for (const char* accept :
       {"", "*/*", "application/json", "Application/JSON;charset=utf-8", "text/html, application/*;q=0.1",
        "image/png;q=1, */*;q=0.001", "application/json;v=1;q=1", " , application/json"})
    EXPECT_TRUE(accepts_type(accept, "application/json")) << accept;
  for (const char* accept : {"image/png", "application/xml, text/*", "application/json;q=0", "*/*;q=0.0",
                             "application", "json", ","})
    EXPECT_FALSE(accepts_type(accept, "application/json")) << accept;
}

TEST(Gzip, is_for_those_who_ask_and_for_text_that_is_worth_it) {
  Reply reply = json_reply(std::string(gzip_bytes_min, ' '));
  compress(gzip_request(), reply);
  EXPECT_TRUE(is_packed(reply));
  EXPECT_TRUE(varies(reply));
  EXPECT_LT(reply.body_bytes(), 100u);

  for (const char* accept : {"", "br", "gzip;q=0", "identity"}) {
    Reply plain = json_reply(std::string(gzip_bytes_min, ' '));
    compress(gzip_request(accept), plain);
    EXPECT_FALSE(is_packed(plain)) << accept;
    EXPECT_TRUE(varies(plain)) << "a cache must know that others get something else";
    EXPECT_EQ(plain.body_bytes(), gzip_bytes_min);
  }

  Reply small = json_reply(std::string(gzip_bytes_min - 1, ' '));
  compress(gzip_request(), small);
  EXPECT_FALSE(is_packed(small));
  Reply large = json_reply(std::string(gzip_bytes_max + 1, ' '));
  compress(gzip_request(), large);
  EXPECT_FALSE(is_packed(large));
}

TEST(Gzip, leaves_pictures_event_streams_and_files_of_the_dashboard_alone) {
  Reply picture = text_reply(std::string(10'000, ' '), "image/jpeg");
  Reply events = event_stream_reply();
  Reply page = text_reply(std::string(10'000, ' '), "text/plain");
  page.kind = RouteKind::Page;
  for (Reply* reply : {&picture, &events, &page}) {
    compress(gzip_request(), *reply);
    EXPECT_FALSE(is_packed(*reply)) << reply->content_type;
  }
}

TEST(Gzip, text_that_is_shared_stays_as_it_is_for_others) {
  const auto shared = openapi_json();
  const std::string before = *shared;
  Reply reply = json_reply({});
  reply.shared_text = shared;
  compress(gzip_request(), reply);
  EXPECT_TRUE(is_packed(reply));
  EXPECT_EQ(*shared, before);
}

}  // namespace
}  // namespace supervisor
