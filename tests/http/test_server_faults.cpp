// What strangers and bad networks do (design: fault group N).
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <time.h>

#include <cerrno>

#include "tests/http/http_fixture.h"

namespace supervisor {
namespace {

using std::chrono::milliseconds;

// The answer to raw bytes, and that the connection ended after it.
int refusal_of(TestServer& server, std::string_view bytes) {
  Client client(server.port());
  client.send(bytes);
  const Response response = client.read();
  EXPECT_TRUE(client.is_ended()) << bytes.substr(0, 60);
  return response.status;
}

TEST(Faults, N01_a_header_that_drips_in_is_cut_and_others_are_served) {
  TestServer server;
  std::vector<std::unique_ptr<Client>> drips;
  for (int i = 0; i < 50; ++i) {
    drips.push_back(std::make_unique<Client>(server.port()));
    drips.back()->send("GET / HT");
  }
  Client other(server.port());
  EXPECT_EQ(other.get("/healthz").status, 200);
  EXPECT_EQ(drips.front()->read().status, 408);
  EXPECT_TRUE(drips.front()->is_ended());
  for (const auto& drip : drips) drip->shut_writing();
  drips.clear();
  EXPECT_TRUE(server.eventually([](HttpServer& http) { return http.connections() <= 1; }));
}

TEST(Faults, N01_a_silent_connection_is_closed_without_a_word) {
  TestServer server;
  Client client(server.port());
  EXPECT_TRUE(client.is_ended());
}

TEST(Faults, N02_a_body_that_does_not_come_is_cut) {
  TestServer server;
  EXPECT_EQ(refusal_of(server, request_text("POST", "/api/start",
                                            "Content-Type: application/json\r\nContent-Length: 10\r\n") +
                                   "{"),
            408);
}

TEST(Faults, N02_a_reader_that_takes_nothing_is_cut) {
  HttpSettings settings = TestServer::quick_settings();
  settings.send_buffer_bytes = 8192;
  TestServer server(settings, 5'000'000);
  Client stuck(server.port(), 4096);
  stuck.send(request_text("GET", "/hls/desktop/seg"));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.counters().bytes_sent > 0; }));
  EXPECT_TRUE(server.eventually([](HttpServer& http) { return http.connections() == 0; }));
  EXPECT_EQ(server.run([](HttpServer& http) { return http.counters().timed_out; }), 1u);
}

TEST(Faults, N03_connections_past_the_limit_wait_until_one_closes) {
  HttpSettings settings = TestServer::quick_settings();
  settings.connections = 4;
  TestServer server(settings);
  std::vector<std::unique_ptr<Client>> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(std::make_unique<Client>(server.port()));
    waiting.back()->send(request_text("GET", "/hls/desktop/playlist.m3u8?_HLS_msn=11"));
  }
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 4; }));
  Client late(server.port());
  late.send(request_text("GET", "/healthz"));
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.counters().accept_pauses > 0; }));
  EXPECT_EQ(server.run([](HttpServer& http) { return http.connections(); }), 4u);
  waiting.pop_back();
  EXPECT_EQ(late.read().status, 200);
}

TEST(Faults, N03_idle_connections_make_room_for_new_ones) {
  HttpSettings settings = TestServer::quick_settings();
  settings.connections = 2;
  settings.idle = milliseconds(60000);
  settings.header = milliseconds(60000);
  TestServer server(settings);
  Client first(server.port()), second(server.port()), third(server.port());
  EXPECT_EQ(first.get("/healthz").status, 200);
  EXPECT_EQ(third.get("/healthz").status, 200);
}

double loop_cpu_seconds(TestServer& server) {
  return server.run([](HttpServer&) {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
  });
}

TEST(Faults, N03_out_of_descriptors_the_reserve_answers_503_and_the_loop_rests) {
#ifdef STREAMER_SANITIZED
  GTEST_SKIP() << "UBSan looks at memory through a pipe: without descriptors every object looks broken to it";
#endif
  TestServer server;
  Client before(server.port());
  EXPECT_EQ(before.get("/healthz").status, 200);
  rlimit old{};
  ::getrlimit(RLIMIT_NOFILE, &old);
  // The client has its socket, the server gets no descriptor for it.
  common::UniqueFd probe(::dup(0));
  const auto lowest_free = static_cast<rlim_t>(probe.get());
  probe.reset();
  rlimit tight = old;
  tight.rlim_cur = lowest_free + 1;
  ::setrlimit(RLIMIT_NOFILE, &tight);
  const double cpu_before = loop_cpu_seconds(server);
  Client refused(server.port());
  refused.send(request_text("GET", "/healthz"));
  const Response answer = refused.read();
  EXPECT_EQ(before.get("/healthz").status, 200) << "those who are in go on";
  const double cpu_after = loop_cpu_seconds(server);
  ::setrlimit(RLIMIT_NOFILE, &old);
  EXPECT_EQ(answer.status, 503);
  EXPECT_LT(cpu_after - cpu_before, 0.2);
  EXPECT_GE(server.run([](HttpServer& http) { return http.counters().refused_without_descriptor; }), 1u);
  Client later(server.port());
  EXPECT_EQ(later.get("/healthz").status, 200) << "and it recovers";
}

TEST(Faults, N05_headers_beyond_the_limits_are_refused) {
  TestServer server;
  EXPECT_EQ(refusal_of(server, request_text("GET", "/", "A: " + std::string(9 * 1024, 'a') + "\r\n")), 431);
  std::string fields;
  for (int i = 0; i < 1000; ++i) fields += "a:b\r\n";
  EXPECT_EQ(refusal_of(server, request_text("GET", "/", fields)), 431);
  EXPECT_EQ(refusal_of(server, request_text("GET", "/" + std::string(64 * 1024, 'a'))), 414);
  EXPECT_EQ(refusal_of(server, request_text("GET", "/" + std::string(5000, 'a'))), 414);
  EXPECT_EQ(refusal_of(server, request_text("GET", "/", "A: b\r\n c\r\n")), 400);
}

TEST(Faults, N06_bodies_beyond_the_limits_or_of_two_lengths_are_refused) {
  TestServer server;
  const std::string json = "Content-Type: application/json\r\n";
  EXPECT_EQ(refusal_of(server, request_text("POST", "/api/start", json + "Content-Length: 2097152\r\n") +
                                   std::string(100'000, 'x')),
            413);
  EXPECT_EQ(refusal_of(server, request_text("POST", "/api/start", json + "Transfer-Encoding: chunked\r\n") +
                                   "fffffff\r\n"),
            413);
  EXPECT_EQ(refusal_of(server, request_text("POST", "/api/start",
                                            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") +
                                   "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"),
            400);
  EXPECT_EQ(
      refusal_of(server,
                 request_text("POST", "/api/start", "Content-Length: 3\r\nContent-Length: 4\r\n") + "abcd"),
      400);
  EXPECT_TRUE(server.run([&](HttpServer&) { return server.commands.empty(); }));
}

TEST(Faults, N08_no_spelling_of_a_path_leaves_the_tables) {
  TestServer server;
  Client client(server.port());
  for (const char* target :
       {"/../../etc/passwd", "/hls/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd",
        "/hls/desktop/..%2f..%2fetc%2fpasswd", "/hls/desktop/%00", "/hls/desktop/seg%00.m4s",
        "/hls//desktop/seg", "//etc/passwd", "/hls/desktop/.tmp", "/hls/desktop/seg.tmp",
        "/hls/desktop/..\\..\\x", "/etc/passwd", "/proc/self/environ", "/index.html/../../x",
        "/./index.html"}) {
    const int status = client.get(target).status;
    EXPECT_TRUE(status == 400 || status == 404) << target << " " << status;
  }
}

TEST(Faults, N09_a_thousand_ranges_cost_no_more_than_one_answer) {
  TestServer server;
  Client client(server.port());
  std::string ranges = "Range: bytes=0-";
  for (int i = 0; i < 1000; ++i) ranges += ",0-";
  const Response response = client.get("/hls/desktop/part", ranges + "\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.size(), 5000u);
}

TEST(Faults, N13_a_port_in_use_is_an_error_that_names_it_and_can_be_tried_again) {
  TestServer server;
  const std::string address = "127.0.0.1:" + std::to_string(server.port());
  const auto failed = server.run([&](HttpServer& http) { return http.listen(address); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().system_errno, EADDRINUSE);
  EXPECT_NE(failed.error().reason.find(address), std::string::npos);
  for (const char* wrong :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "::1:80", "host.example:80", "[::1]"})
    EXPECT_FALSE(server.run([&](HttpServer& http) { return http.listen(wrong); })) << wrong;
  EXPECT_TRUE(server.run([](HttpServer& http) { return http.listen("[::1]:0"); }));
  EXPECT_EQ(server.run([](HttpServer& http) { return http.addresses().size(); }), 2u);
}

TEST(Faults, N15_a_client_that_aborts_at_any_byte_leaves_nothing_behind) {
  TestServer server;
  const std::string text =
      request_text("GET", "/hls/desktop/seg") + request_text("GET", "/hls/desktop/playlist.m3u8?_HLS_msn=11");
  for (std::size_t size = 0; size <= text.size(); ++size) {
    Client client(server.port());
    client.send(std::string_view(text).substr(0, size));
    if (size % 2) client.reset();
  }
  EXPECT_TRUE(
      server.eventually([](HttpServer& http) { return http.connections() == 0 && http.waiting() == 0; }));
  Client after(server.port());
  EXPECT_EQ(after.get("/healthz").status, 200);
}

TEST(Faults, closing_answers_the_waiting_and_ends) {
  TestServer server;
  Client waiting(server.port()), idle(server.port()), events(server.port());
  waiting.send(request_text("GET", "/hls/desktop/playlist.m3u8?_HLS_msn=11"));
  events.send(request_text("GET", "/api/events"));
  EXPECT_EQ(idle.get("/healthz").status, 200);
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.waiting() == 1; }));
  std::promise<void> done;
  server.run([&](HttpServer& http) { http.close([&] { done.set_value(); }); });
  EXPECT_EQ(waiting.read().status, 503);
  EXPECT_TRUE(waiting.is_ended());
  EXPECT_TRUE(idle.is_ended());
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(2)), std::future_status::ready);
  // Nobody, or somebody else's server that got the port meanwhile.
  const auto accepted = [](HttpServer& http) { return http.counters().accepted; };
  const auto before = server.run(accepted);
  Client late(server.port());
  late.get("/healthz");
  EXPECT_EQ(server.run(accepted), before);
}

}  // namespace
}  // namespace supervisor
