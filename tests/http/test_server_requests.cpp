#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/http/http_fixture.h"

namespace supervisor {
namespace {

TEST(Server, answers_every_kind_of_route_over_one_connection) {
  TestServer server;
  Client client(server.port());
  EXPECT_EQ(client.get("/").body, "<html>dashboard</html>");
  EXPECT_EQ(client.get("/api/status").body, R"({"service":{}})");
  EXPECT_EQ(client.get("/api/health").status, 503);
  EXPECT_EQ(client.get("/metrics").body, "up 1\n");
  EXPECT_EQ(client.get("/healthz").body, "ok\n");
  EXPECT_EQ(client.get("/api/logs?limit=7").body, "{\"limit\":7}");
  EXPECT_EQ(client.get("/api/logs?limit=x").status, 400);
  EXPECT_EQ(client.get("/hls/desktop/playlist.m3u8").body, "#EXTM3U\n#MSN:10\n");
  EXPECT_EQ(client.get("/hls/desktop/playlist.m3u8?_HLS_skip=YES").body, "#EXTM3U\n#DELTA\n");
  EXPECT_EQ(server.run([](HttpServer& http) { return http.counters().accepted; }), 1u);
}

TEST(Server, what_is_wrong_is_a_problem_document) {
  TestServer server;
  Client client(server.port());
  const auto status = [&](const std::string& method, const std::string& target,
                          const std::string& fields = {}) {
    const Response response = client.exchange(method, target, fields);
    if (method != "HEAD") {
      const auto body = nlohmann::json::parse(response.body, nullptr, false);
      EXPECT_EQ(body.value("status", 0), response.status) << target;
      EXPECT_EQ(response.fields.at("content-type"), "application/problem+json");
    }
    EXPECT_TRUE(response.fields.contains("x-frame-options")) << target;
    return response.status;
  };
  EXPECT_EQ(status("GET", "/nothing"), 404);
  EXPECT_EQ(status("HEAD", "/nothing"), 404);
  EXPECT_EQ(status("GET", "/hls/other/playlist.m3u8"), 404);
  EXPECT_EQ(status("GET", "/hls/desktop/old.m4s"), 404);
  EXPECT_EQ(status("GET", "/hls/desktop/playlist.m3u8?_HLS_part=1"), 400);
  EXPECT_EQ(status("GET", "/hls/desktop/playlist.m3u8?_HLS_msn=900"), 400);
  EXPECT_EQ(status("GET", "/../etc/passwd"), 400);
  EXPECT_EQ(status("POST", "/api/status"), 405);
  EXPECT_EQ(status("TRACE", "/"), 405);
  EXPECT_EQ(status("CONNECT", "evil.example:443"), 405);
  EXPECT_EQ(status("BREW", "/"), 501);
  EXPECT_EQ(status("GET", "/api/monitors"), 503) << "no such service yet";
  EXPECT_EQ(status("GET", "/api/health/detailed"), 500) << "a service that throws";
  EXPECT_EQ(client.get("/healthz").status, 200) << "the connection goes on";
}

TEST(Server, options_tells_a_player_what_it_may_send) {
  TestServer server;
  Client client(server.port());
  const Response media = client.exchange("OPTIONS", "/hls/desktop/seg", "Origin: http://player.example\r\n");
  EXPECT_EQ(media.status, 204);
  EXPECT_EQ(media.fields.at("access-control-allow-origin"), "*");
  EXPECT_EQ(media.fields.at("allow"), "GET, HEAD, OPTIONS");
  const Response api = client.exchange("OPTIONS", "/api/start", "Origin: http://player.example\r\n");
  EXPECT_EQ(api.status, 204);
  EXPECT_FALSE(api.fields.contains("access-control-allow-origin"));
  EXPECT_EQ(client.exchange("OPTIONS", "*").status, 204);
}

TEST(Server, commands_answer_202_with_the_new_status_and_reach_the_service_once) {
  TestServer server;
  Client client(server.port());
  const Response all = client.exchange("POST", "/api/restart");
  EXPECT_EQ(all.status, 202);
  EXPECT_EQ(all.body, R"({"service":{}})");
  EXPECT_EQ(client.exchange("POST", "/api/streams/desktop/stop").status, 202);
  EXPECT_EQ(client.exchange("POST", "/api/streams/other/stop").status, 404);
  EXPECT_EQ(client.exchange("POST", "/api/streams/busy/start").status, 409);
  EXPECT_EQ(client.exchange("GET", "/api/restart").status, 405);
  EXPECT_EQ(server.run([&](HttpServer&) { return server.commands; }),
            (std::vector<std::string>{"", "desktop", "other", "busy"}));
}

TEST(Server, other_sites_cannot_change_anything) {
  TestServer server;
  Client client(server.port());
  const auto post = [&](const std::string& fields, const std::string& body = {}) {
    const std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return client.exchange("POST", "/api/stop", fields + length, body).status;
  };
  EXPECT_EQ(post("Origin: http://evil.example\r\n"), 403);
  EXPECT_EQ(post("Origin: null\r\n"), 403);
  EXPECT_EQ(post("Sec-Fetch-Site: cross-site\r\n"), 403);
  EXPECT_EQ(post("Content-Type: text/plain\r\n", "{}"), 415);
  EXPECT_EQ(post("", "{}"), 415);
  EXPECT_EQ(post("Content-Type: application/json\r\n", "{"), 400);
  EXPECT_TRUE(server.run([&](HttpServer&) { return server.commands.empty(); }));
  EXPECT_EQ(post("Content-Type: application/json\r\nOrigin: http://127.0.0.1:18100\r\n", "{}"), 202);
}

TEST(Server, a_rebound_host_name_gets_nothing) {
  TestServer server;
  for (const char* target : {"/", "/api/status", "/hls/desktop/playlist.m3u8", "/api/events", "/healthz"}) {
    Client client(server.port());
    client.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    EXPECT_EQ(client.read().status, 421) << target;
    client.send("GET http://evil.example" + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.read().status, 421) << target;
  }
  Client client(server.port());
  client.send("GET /healthz HTTP/1.1\r\nHost: Wall.Example:8080\r\n\r\n");
  EXPECT_EQ(client.read().status, 200);
  client.send("GET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.read().status, 400);
}

TEST(Server, assets_are_zipped_and_revalidated) {
  TestServer server;
  Client client(server.port());
  const Response zipped = client.get("/", "Accept-Encoding: gzip, br\r\n");
  EXPECT_EQ(zipped.body, "zipped");
  EXPECT_EQ(
      client.get("/", "Accept-Encoding: gzip\r\nIf-None-Match: " + zipped.fields.at("etag") + "\r\n").status,
      304);
  EXPECT_EQ(client.get("/", "If-None-Match: " + zipped.fields.at("etag") + "\r\n").status, 200);
}

TEST(Server, a_thousand_pipelined_requests_are_answered_in_order) {
  TestServer server;
  Client client(server.port());
  std::string burst;
  for (int i = 1; i <= 1000; ++i)
    burst += request_text("GET", i % 2 ? "/api/logs?limit=" + std::to_string(i) : "/nothing");
  std::thread sender([&] { EXPECT_TRUE(client.send(burst)); });
  for (int i = 1; i <= 1000; ++i) {
    const Response response = client.read();
    ASSERT_EQ(response.status, i % 2 ? 200 : 404) << i;
    if (i % 2) {
      ASSERT_EQ(response.body, "{\"limit\":" + std::to_string(i) + "}");
    }
  }
  sender.join();
}

TEST(Server, a_connection_ends_when_it_was_asked_to) {
  TestServer server;
  Client client(server.port());
  EXPECT_EQ(client.get("/healthz", "Connection: close\r\n").fields.at("connection"), "close");
  EXPECT_TRUE(client.is_ended());
  Client old(server.port());
  old.send("GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(old.read().status, 200);
  EXPECT_TRUE(old.is_ended());
  Client half(server.port());
  half.send(request_text("GET", "/healthz"));
  half.shut_writing();
  EXPECT_EQ(half.read().status, 200) << "asked, then shut its side";
}

TEST(Server, expects_continue_is_answered_before_the_body) {
  TestServer server;
  Client client(server.port());
  client.send(
      request_text("POST", "/api/start",
                   "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(client.read().status, 100);
  client.send("{}");
  EXPECT_EQ(client.read().status, 202);
}

TEST(Server, expects_of_http_1_0_are_not_answered) {
  TestServer server;
  Client client(server.port());
  std::string request =
      request_text("POST", "/api/start",
                   "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n");
  request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
  client.send(request);
  client.send("{}");
  EXPECT_EQ(client.read().status, 202);
}

// ---- server-sent events

TEST(Events, are_pushed_as_they_are_published) {
  TestServer server;
  Client client(server.port());
  client.send(request_text("GET", "/api/events"));
  const std::string head = client.read_until("retry: 2000\n\n");
  EXPECT_NE(head.find("text/event-stream"), std::string::npos);
  server.run([&](HttpServer&) { server.events.publish("state", R"({"a":1})"); });
  EXPECT_EQ(client.read_until("\n\n"), "id: t1-1\nevent: state\ndata: {\"a\":1}\n\n");
  EXPECT_EQ(client.read_until("\n\n"), ": still here\n\n") << "heartbeat";
}

TEST(Events, resume_after_the_last_one_seen) {
  TestServer server;
  server.run([&](HttpServer&) {
    for (int i = 1; i <= 3; ++i) server.events.publish("n", std::to_string(i));
  });
  Client client(server.port());
  client.send(request_text("GET", "/api/events", "Last-Event-ID: t1-1\r\n"));
  const std::string text = client.read_until("data: 3\n\n");
  EXPECT_EQ(text.find("data: 1\n"), std::string::npos);
  EXPECT_NE(text.find("data: 2\n"), std::string::npos);
}

TEST(Events, a_listener_that_left_is_forgotten) {
  TestServer server;
  {
    Client client(server.port());
    client.send(request_text("GET", "/api/events"));
    client.read_until("retry");
    EXPECT_EQ(server.run([&](HttpServer&) { return server.events.listeners(); }), 1u);
  }
  EXPECT_TRUE(server.eventually([&](HttpServer&) { return server.events.listeners() == 0; }));
}

TEST(Events, a_slow_consumer_is_dropped_with_a_code) {
  HttpSettings settings = TestServer::quick_settings();
  settings.send_buffer_bytes = 4096;
  settings.write_progress = std::chrono::milliseconds(2500);
  TestServer server(settings);
  Client client(server.port(), 4096);
  client.send(request_text("GET", "/api/events"));
  client.read_until("retry: 2000\n\n");
  server.run([&](HttpServer&) {
    const std::string text(100'000, 'x');
    for (int i = 0; i < 30; ++i) server.events.publish("flood", text);
  });
  bool ended = false;
  const std::string all = client.read_to_end(ended);
  EXPECT_TRUE(ended);
  EXPECT_NE(all.find("event: dropped\ndata: {\"code\":\"slow_consumer\"}\n\n"), std::string::npos);
  EXPECT_LT(all.size(), 2'000'000u) << "no more than the ring was ever held for it";
}

}  // namespace
}  // namespace supervisor
