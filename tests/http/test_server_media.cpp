#include <gtest/gtest.h>

#include "tests/http/http_fixture.h"

namespace supervisor {
namespace {

constexpr const char* next_playlist = "/hls/desktop/playlist.m3u8?_HLS_msn=11";

std::string media_text(std::size_t first, std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t at = 0; at < size; ++at) text[at] = media_byte(first + at);
  return text;
}

TEST(Media, is_sent_whole_by_range_and_as_head) {
  TestServer server;
  Client client(server.port());
  const Response whole = client.get("/hls/desktop/seg");
  EXPECT_EQ(whole.status, 200);
  EXPECT_TRUE(whole.body == media_text(0, 300'000));
  EXPECT_EQ(whole.fields.at("cache-control"), "public, max-age=40, immutable");
  EXPECT_EQ(whole.fields.at("access-control-allow-origin"), "*");
  const Response part = client.get("/hls/desktop/part");
  EXPECT_TRUE(part.body == media_text(1000, 5000)) << "a part begins inside its segment";
  const Response range = client.get("/hls/desktop/part", "Range: bytes=4000-9999\r\n");
  EXPECT_EQ(range.status, 206);
  EXPECT_EQ(range.fields.at("content-range"), "bytes 4000-4999/5000");
  EXPECT_TRUE(range.body == media_text(5000, 1000));
  EXPECT_EQ(client.get("/hls/desktop/part", "Range: bytes=5000-\r\n").status, 416);
  const Response head = client.exchange("HEAD", "/hls/desktop/seg");
  EXPECT_EQ(head.fields.at("content-length"), "300000");
  const Response again = client.get("/hls/desktop/seg", "If-None-Match: " + whole.fields.at("etag") + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(client.get("/healthz").body, "ok\n") << "nothing was left on the connection";
}

TEST(Media, a_large_segment_arrives_whole_through_a_slow_reader) {
  HttpSettings settings = TestServer::quick_settings();
  settings.send_buffer_bytes = 8192;
  TestServer server(settings, 5'000'000);
  Client client(server.port(), 8192);
  client.send(request_text("GET", "/hls/desktop/seg"));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.counters().bytes_sent > 0; }));
  server.run([&](HttpServer&) { server.stream.remove_media(); });  // fault N10: evicted while it is sent
  const Response whole = client.read();
  EXPECT_EQ(whole.status, 200);
  EXPECT_TRUE(whole.body == media_text(0, 5'000'000));
}

TEST(Media, the_end_of_a_long_answer_is_not_held_back) {
  TestServer server;
  Client client(server.port());
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get("/hls/desktop/seg").body.size(), 300'000u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2))
      << "a cork that stays in holds the last packet for 0.2 s, each time";
}

TEST(Playlist, is_revalidated_by_its_tag_until_it_changes) {
  TestServer server;
  Client client(server.port());
  const std::string tag = client.get("/hls/desktop/playlist.m3u8").fields.at("etag");
  EXPECT_EQ(client.get("/hls/desktop/playlist.m3u8", "If-None-Match: " + tag + "\r\n").status, 304);
  server.run([&](HttpServer&) { server.stream.publish(); });
  EXPECT_EQ(client.get("/hls/desktop/playlist.m3u8", "If-None-Match: " + tag + "\r\n").status, 200);
}

TEST(BlockingReload, two_hundred_waiting_players_are_woken_in_one_pass) {
  TestServer server;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(std::make_unique<Client>(server.port()));
    clients.back()->send(request_text("GET", next_playlist));
  }
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 200; }));
  EXPECT_TRUE(server.eventually([](HttpServer& http) { return http.viewers("desktop") == 200; }));
  server.run([&](HttpServer&) { server.stream.publish(); });
  server.run([](HttpServer&) {});  // a post from inside the loop may come behind the next one from outside
  const std::size_t left = server.run([](HttpServer& http) { return http.waiting(); });
  if (TestServer::quick_settings().threads == 1) {
    EXPECT_EQ(left, 0u) << "one turn of the loop later";
  }
  for (const auto& client : clients) {
    const Response response = client->read();
    ASSERT_EQ(response.status, 200);
    ASSERT_EQ(response.body, "#EXTM3U\n#MSN:11\n");
  }
}

TEST(BlockingReload, waits_on_through_changes_that_are_not_its_own) {
  TestServer server;
  Client client(server.port());
  client.send(request_text("GET", "/hls/desktop/playlist.m3u8?_HLS_msn=12"));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 1; }));
  server.run([&](HttpServer&) { server.stream.publish(); });
  EXPECT_EQ(server.run([](HttpServer& http) { return http.waiting(); }), 1u);
  server.run([&](HttpServer&) { server.stream.publish(); });
  EXPECT_EQ(client.read().body, "#EXTM3U\n#MSN:12\n");
}

TEST(BlockingReload, answers_503_when_nothing_comes) {
  TestServer server;
  server.run([&](HttpServer&) { server.stream.timeout = std::chrono::milliseconds(100); });
  Client client(server.port());
  const Response response = client.get(next_playlist);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.fields.at("retry-after"), "1");
  EXPECT_EQ(client.get("/healthz").status, 200) << "the connection goes on";
}

TEST(BlockingReload, requests_behind_a_waiting_one_are_answered_in_order) {
  TestServer server;
  Client client(server.port());
  client.send(request_text("GET", next_playlist) + request_text("GET", "/healthz"));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 1; }));
  server.run([&](HttpServer&) { server.stream.publish(); });
  EXPECT_EQ(client.read().body, "#EXTM3U\n#MSN:11\n");
  EXPECT_EQ(client.read().body, "ok\n");
}

TEST(BlockingReload, a_player_that_leaves_is_noticed_at_once) {
  TestServer server;
  auto closed = std::make_unique<Client>(server.port());
  auto reset = std::make_unique<Client>(server.port());
  closed->send(request_text("GET", next_playlist));
  reset->send(request_text("GET", next_playlist));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 2; }));
  closed.reset();
  reset->reset();
  EXPECT_TRUE(
      server.eventually([](HttpServer& http) { return http.waiting() == 0 && http.connections() == 0; }));
}

TEST(BlockingReload, those_who_wait_for_a_stream_that_goes_get_404) {
  TestServer server;
  Client client(server.port());
  client.send(request_text("GET", next_playlist));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 1; }));
  server.run([&](HttpServer& http) { http.forget(server.stream); });
  EXPECT_EQ(client.read().status, 404);
}

TEST(PreloadHint, is_answered_when_the_part_is_there) {
  TestServer server;
  Client client(server.port());
  client.send(request_text("GET", "/hls/desktop/hint"));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 1; }));
  server.run([&](HttpServer&) { server.stream.publish_hint(); });
  const Response response = client.read();
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.body == media_text(1000, 5000));
}

TEST(PreloadHint, answers_503_when_the_part_does_not_come) {
  TestServer server;
  Client client(server.port());
  EXPECT_EQ(client.get("/hls/desktop/hint").status, 503);
}

TEST(Viewers, one_player_on_two_connections_is_one) {
  TestServer server;
  Client first(server.port()), second(server.port());
  first.get("/hls/desktop/playlist.m3u8", "User-Agent: player\r\n");
  second.get("/hls/desktop/part", "User-Agent: player\r\n");
  EXPECT_TRUE(server.eventually([](HttpServer& http) { return http.viewers("desktop") == 1; }));
  second.get("/hls/other/playlist.m3u8", "User-Agent: player\r\n");
  EXPECT_EQ(server.run([](HttpServer& http) { return http.viewers("other"); }), 0);
}

}  // namespace
}  // namespace supervisor
