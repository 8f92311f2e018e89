// Serving threads: which thread answers what, and that nothing is lost on the way between them.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "supervisor/http/auth_desk.h"
#include "tests/http/http_fixture.h"

namespace supervisor {
namespace {

constexpr const char* playlist = "/hls/desktop/playlist.m3u8";
constexpr const char* next_playlist = "/hls/desktop/playlist.m3u8?_HLS_msn=11";

HttpSettings with_threads(int threads) {
  HttpSettings settings = TestServer::quick_settings();
  settings.threads = threads;
  return settings;
}

int serving_threads() {
  int count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    count += name == "serving" ? 1 : 0;
  }
  return count;
}

// The answers to `target` while the event loop is held up: 0 where only that could answer.
std::vector<int> answers_without_the_loop(TestServer& server, std::vector<Client>& clients,
                                          const std::string& target) {
  return server.run([&](HttpServer&) {
    std::vector<int> answers;
    for (Client& client : clients) {
      const timeval short_wait{.tv_sec = 0, .tv_usec = 200'000};
      ::setsockopt(client.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &short_wait, sizeof short_wait);
      answers.push_back(client.get(target).status);
    }
    return answers;
  });
}

TEST(Threads, begin_with_the_first_viewers_and_share_them) {
  TestServer server(with_threads(3));
  // One of a test before this may still be seen.
  ASSERT_TRUE(server.eventually([](HttpServer&) { return serving_threads() == 0; }));
  Client page(server.port());
  EXPECT_EQ(page.get("/healthz").status, 200);
  EXPECT_EQ(serving_threads(), 0);
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(server.port());
    EXPECT_EQ(clients.back().get(playlist).status, 200);
  }
  EXPECT_TRUE(server.eventually([](HttpServer&) { return serving_threads() == 2; }));
  EXPECT_EQ(server.run([](HttpServer& http) { return http.connections(); }), 5u);
  EXPECT_EQ(answers_without_the_loop(server, clients, playlist), (std::vector{200, 200, 200, 200}))
      << "the loop has the other connection, so these are with the others";
}

TEST(Threads, the_main_thread_takes_its_share) {
  TestServer server(with_threads(2));
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(server.port());
    EXPECT_EQ(clients.back().get(playlist).status, 200);
  }
  EXPECT_EQ(answers_without_the_loop(server, clients, playlist), (std::vector{200, 0, 200, 0}));
}

TEST(Threads, what_the_main_thread_answers_with_is_known_to_the_others_at_once) {
  TestServer server(with_threads(2));
  Client client(server.port());
  EXPECT_EQ(client.get(playlist).body, "#EXTM3U\n#MSN:10\n");
  const std::string there = server.run([&](HttpServer&) {
    server.stream.publish();
    return client.get(playlist).body;
  });
  EXPECT_EQ(there, "#EXTM3U\n#MSN:11\n");
}

TEST(Threads, that_cannot_begin_leave_all_to_the_main_thread) {
#ifdef STREAMER_SANITIZED
  GTEST_SKIP() << "UBSan looks at memory through a pipe: without descriptors every object looks broken to it";
#endif
  TestServer server(with_threads(2));
  Client client(server.port());
  EXPECT_EQ(client.get("/healthz").status, 200);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int free = ::dup(client.descriptor());
  ::close(free);
  const rlimit none_left{.rlim_cur = static_cast<rlim_t>(free), .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
  EXPECT_EQ(client.get(playlist).status, 200);
  EXPECT_EQ(client.get("/hls/desktop/part").status, 200);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(server.run([](HttpServer& http) { return http.connections(); }), 1u);
}

TEST(Threads, everything_but_media_is_answered_by_the_main_thread_on_the_same_connection) {
  TestServer server(with_threads(2));
  Client client(server.port());
  for (int turn = 0; turn < 20; ++turn) {
    EXPECT_EQ(client.get(playlist).body, "#EXTM3U\n#MSN:10\n");
    EXPECT_EQ(client.get("/healthz").body, "ok\n");
    EXPECT_EQ(client.get("/hls/nobody/playlist.m3u8").status, 404);
    EXPECT_EQ(
        client.exchange("POST", "/api/stop", "Content-Type: application/json\r\nContent-Length: 2\r\n", "{}")
            .status,
        202);
    EXPECT_EQ(client.get("/hls/desktop/part", "Range: bytes=0-9\r\n").status, 206);
  }
  EXPECT_EQ(server.run([&](HttpServer&) { return server.commands.size(); }), 20u);
  EXPECT_TRUE(server.eventually([](HttpServer& http) {
    return http.counters().requests == 100 && http.counters().answers.of(RequestClass::Media).at(206) == 20 &&
           http.counters().answers.of(RequestClass::Api).at(202) == 20;
  }));
  EXPECT_EQ(server.run([](HttpServer& http) { return http.connections(); }), 1u);
  EXPECT_EQ(server.run([](HttpServer& http) { return http.counters().accepted; }), 1u);
}

TEST(Threads, pipelined_requests_are_answered_in_order_whoever_answers_them) {
  TestServer server(with_threads(2));
  Client client(server.port());
  std::string requests;
  for (int turn = 0; turn < 10; ++turn)
    requests += request_text("GET", playlist) + request_text("GET", "/healthz") +
                request_text("GET", "/hls/desktop/part");
  ASSERT_TRUE(client.send(requests));
  for (int turn = 0; turn < 10; ++turn) {
    EXPECT_EQ(client.read().body, "#EXTM3U\n#MSN:10\n");
    EXPECT_EQ(client.read().body, "ok\n");
    EXPECT_EQ(client.read().body.size(), 5000u);
  }
  // A read is under way while the first of these waits.
  ASSERT_TRUE(client.send(request_text("GET", next_playlist)));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 1; }));
  ASSERT_TRUE(client.send(request_text("GET", "/healthz") + request_text("GET", playlist)));
  server.run([&](HttpServer&) { server.stream.publish(); });
  EXPECT_EQ(client.read().body, "#EXTM3U\n#MSN:11\n");
  EXPECT_EQ(client.read().body, "ok\n");
  EXPECT_EQ(client.read().body, "#EXTM3U\n#MSN:11\n");
}

TEST(Threads, a_player_that_changes_between_threads_is_one_viewer) {
  TestServer server(with_threads(2));
  std::vector<Client> clients;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back(server.port());
    EXPECT_EQ(clients.back().get(playlist).status, 200);
  }
  for (int msn = 11; msn < 40; ++msn) {
    Client& client = clients[static_cast<std::size_t>(msn % 2)];
    client.send(request_text("GET", std::string(playlist) + "?_HLS_msn=" + std::to_string(msn)));
    ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 1; }));
    server.run([&](HttpServer&) { server.stream.publish(); });
    ASSERT_EQ(client.read().status, 200);
  }
  EXPECT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 0; }));
  EXPECT_EQ(server.run([](HttpServer& http) { return http.viewers("desktop"); }), 1);
}

TEST(Threads, viewers_of_the_others_are_counted) {
  TestServer server(with_threads(2));
  Client client(server.port());
  EXPECT_EQ(client.get(playlist).status, 200);
  EXPECT_TRUE(server.eventually([](HttpServer& http) { return http.viewers("desktop") == 1; }));
}

TEST(Threads, all_connections_count_for_the_limit) {
  HttpSettings settings = with_threads(3);
  settings.connections = 3;
  TestServer server(settings);
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(server.port());
    clients.back().send(request_text("GET", next_playlist));
  }
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 3; }));
  Client fourth(server.port());
  fourth.send(request_text("GET", "/healthz"));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.counters().accept_pauses > 0; }));
  EXPECT_EQ(server.run([](HttpServer& http) { return http.connections(); }), 3u);
  server.run([&](HttpServer&) { server.stream.publish(); });
  for (Client& client : clients) EXPECT_EQ(client.read().status, 200);
  EXPECT_EQ(fourth.read().status, 200) << "one between two requests made room";
}

TEST(Threads, hand_back_everything_once_media_needs_credentials) {
  TestServer server(with_threads(2));
  AuthDesk desk(server.context(), std::string(), std::string());
  server.run([&](HttpServer&) { server.services.auth = &desk; });
  Client client(server.port());
  EXPECT_EQ(client.get(playlist).status, 200);
  server.run([&](HttpServer&) {
    AuthSettings settings;
    settings.tokens = {{"bot", Role::Viewer, hash_token("dst_viewer")}};
    desk.configure(settings);
  });
  EXPECT_EQ(client.get(playlist).status, 401);
  EXPECT_EQ(client.get(playlist, "Authorization: Bearer dst_viewer\r\n").status, 200);
  EXPECT_EQ(
      client.get(playlist, "Authorization: Bearer dst_viewer\r\n").fields.at("cache-control").find("public"),
      std::string::npos);
  server.run([&](HttpServer&) { server.services.auth = nullptr; });
}

TEST(Threads, keep_no_media_when_nobody_is_left) {
  TestServer server(with_threads(2));
  auto client = std::make_unique<Client>(server.port());
  EXPECT_EQ(client->get("/hls/desktop/seg").status, 200);
  const std::weak_ptr<const SegmentBody> body =
      server.run([&](HttpServer&) { return std::weak_ptr(server.stream.find("seg").bytes.body); });
  server.run([&](HttpServer&) { server.stream.remove_media(); });
  EXPECT_FALSE(body.expired()) << "of the last snapshot";
  client.reset();
  EXPECT_TRUE(server.eventually([&](HttpServer& http) { return http.connections() == 0 && body.expired(); }));
  EXPECT_EQ(Client(server.port()).get("/hls/desktop/seg").status, 404)
      << "and what is there now is told anew";
}

TEST(Threads, end_with_their_answers) {
  TestServer server(with_threads(3));
  std::vector<Client> clients;
  for (int i = 0; i < 6; ++i) {
    clients.emplace_back(server.port());
    clients.back().send(request_text("GET", next_playlist));
  }
  Client idle(server.port());
  EXPECT_EQ(idle.get(playlist).status, 200);
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 6; }));
  bool done = false;
  server.run([&](HttpServer& http) { http.close([&done] { done = true; }); });
  for (Client& client : clients) {
    const Response response = client.read();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.fields.at("connection"), "close");
  }
  EXPECT_TRUE(idle.is_ended());
  clients.clear();
  EXPECT_TRUE(server.eventually([&](HttpServer&) { return done; }));
}

}  // namespace
}  // namespace supervisor
