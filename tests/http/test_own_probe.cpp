// How the server treats the self-probe of its own process; readiness and history at a real server.
#include <gtest/gtest.h>

#include "supervisor/credentials/credentials.h"
#include "supervisor/http/auth_desk.h"
#include "tests/http/http_fixture.h"

namespace supervisor {
namespace {

const std::string secret = "desktop-streamer-self-probe/0123456789abcdef";
const std::string as_probe = "User-Agent: " + secret + "\r\n";

int viewers(TestServer& server) {
  return server.run([](HttpServer& http) { return http.viewers("desktop"); });
}

void give_secret(TestServer& server) {
  server.run([&](HttpServer&) { server.services.probe_agent = secret; });
}

TEST(OwnProbe, is_no_viewer) {
  TestServer server;
  give_secret(server);
  EXPECT_EQ(Client(server.port()).get("/hls/desktop/playlist.m3u8", as_probe).status, 200);
  EXPECT_EQ(Client(server.port()).get("/hls/desktop/part", as_probe).status, 200);
  Client waiting(server.port());
  waiting.send(request_text("GET", "/hls/desktop/playlist.m3u8?_HLS_msn=11", as_probe));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 1; }));
  EXPECT_EQ(viewers(server), 0);
  server.run([&](HttpServer&) { server.stream.publish(); });
  EXPECT_EQ(waiting.read().status, 200);
  EXPECT_EQ(viewers(server), 0);
}

TEST(OwnProbe, others_who_look_like_it_are_viewers) {
  TestServer server;
  give_secret(server);
  Client(server.port()).get("/hls/desktop/playlist.m3u8", "User-Agent: desktop-streamer-self-probe\r\n");
  EXPECT_TRUE(server.eventually([](HttpServer& http) { return http.viewers("desktop") == 1; }));
}

TEST(OwnProbe, without_a_secret_nobody_is_it) {
  TestServer server;
  Client(server.port()).get("/hls/desktop/playlist.m3u8", "User-Agent: \r\n");
  EXPECT_TRUE(server.eventually([](HttpServer& http) { return http.viewers("desktop") == 1; }));
}

TEST(OwnProbe, fetches_media_without_credentials_and_nothing_else) {
  TestServer server;
  std::unique_ptr<AuthDesk> desk;
  server.run([&](HttpServer&) {
    AuthSettings settings;
    settings.tokens = {{"bot", Role::Viewer, hash_token("dst_viewer")}};
    desk = std::make_unique<AuthDesk>(server.context(), std::string(), std::string());
    desk->configure(settings);
    server.services.auth = desk.get();
    server.services.probe_agent = secret;
  });
  EXPECT_EQ(Client(server.port()).get("/hls/desktop/playlist.m3u8", as_probe).status, 200);
  EXPECT_EQ(Client(server.port()).get("/hls/desktop/seg", as_probe).status, 200);
  EXPECT_EQ(Client(server.port()).get("/hls/desktop/seg", "User-Agent: player\r\n").status, 401);
  EXPECT_EQ(Client(server.port()).get("/api/status", as_probe).status, 401);
  EXPECT_EQ(Client(server.port()).exchange("POST", "/api/stop", as_probe).status, 401);
  server.run([&](HttpServer&) {
    server.services.auth = nullptr;
    desk.reset();
  });
}

TEST(Readiness, says_yes_or_no_and_nothing_more) {
  TestServer server;
  bool ready = true;
  server.run([&](HttpServer&) { server.services.is_ready = [&ready] { return ready; }; });
  const Response yes = Client(server.port()).get("/readyz");
  EXPECT_EQ(yes.status, 200);
  EXPECT_EQ(yes.body, "ready\n");
  server.run([&](HttpServer&) { ready = false; });
  const Response no = Client(server.port()).get("/readyz");
  EXPECT_EQ(no.status, 503);
  EXPECT_EQ(no.body, "not ready\n");
  EXPECT_EQ(Client(server.port()).get("/healthz").status, 200);
  server.run([&](HttpServer&) { server.services.is_ready = {}; });
  EXPECT_EQ(Client(server.port()).get("/readyz").status, 503);
}

TEST(HistoryRoute, takes_the_ranges_there_are) {
  TestServer server;
  server.run([&](HttpServer&) {
    server.services.history_json = [](std::string_view range) -> std::optional<std::string> {
      if (range == "1h") return std::nullopt;
      return "{\"range\":\"" + std::string(range) + "\"}";
    };
  });
  EXPECT_EQ(Client(server.port()).get("/api/history").body, "{\"range\":\"10m\"}");
  EXPECT_EQ(Client(server.port()).get("/api/history?range=24h").body, "{\"range\":\"24h\"}");
  const Response unknown = Client(server.port()).get("/api/history?range=1h");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_NE(unknown.body.find("10m, 6h, 24h"), std::string::npos);
}

}  // namespace
}  // namespace supervisor
