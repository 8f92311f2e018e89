#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "tests/http/http_fixture.h"

namespace supervisor {
namespace {

const std::string json_type = "Content-Type: application/json\r\n";

// A service that knows "desktop" with one incident, and a drill that the test answers by hand.
class IncidentServer : public TestServer {
 public:
  IncidentServer() {
    run([this](HttpServer&) { fill(); });
  }
  ~IncidentServer() {
    run([this](HttpServer&) { finish_ = nullptr; });
  }

  std::vector<std::string> drills() {
    return run([this](HttpServer&) { return drills_; });
  }
  bool drill_begins() {
    return eventually([this](HttpServer&) { return finish_ != nullptr; });
  }
  void finish(DrillOutcome outcome) {
    run([&](HttpServer&) { std::exchange(finish_, nullptr)(std::move(outcome)); });
  }

 private:
  void fill() {
    services.incidents_json = [](std::string_view name, int limit) -> std::optional<std::string> {
      if (name != "desktop") return std::nullopt;
      return "{\"limit\":" + std::to_string(limit) + "}";
    };
    services.incident_json = [](std::string_view, std::string_view id) -> std::optional<std::string> {
      return id == "one" ? std::optional<std::string>(R"({"id":"one"})") : std::nullopt;
    };
    services.incident_picture = [](std::string_view, std::string_view id, auto done) {
      if (id == "never") return;
      done(id == "one" ? std::make_shared<const std::string>("JPEG of one") : nullptr);
    };
    services.last_picture = [](std::string_view name) {
      return name == "shown" ? std::make_shared<const std::string>("JPEG now") : nullptr;
    };
    services.drill = [this](std::string_view name, std::string_view fault, auto done) {
      drills_.push_back(std::string(name) + " " + std::string(fault));
      finish_ = std::move(done);
    };
  }

  std::vector<std::string> drills_;  // on the loop only
  std::function<void(DrillOutcome)> finish_;
};

std::string with_length(const std::string& body) {
  return json_type + "Content-Length: " + std::to_string(body.size()) + "\r\n";
}

Response post(Client& client, const std::string& target, const std::string& body) {
  return client.exchange("POST", target, with_length(body), body);
}

std::string detail_of(const Response& response) {
  return nlohmann::json::parse(response.body).at("detail").get<std::string>();
}

TEST(Incidents, are_listed_and_told_one_by_one) {
  IncidentServer server;
  Client client(server.port());
  EXPECT_EQ(client.get("/api/streams/desktop/incidents").body, "{\"limit\":20}");
  EXPECT_EQ(client.get("/api/streams/desktop/incidents?limit=3").body, "{\"limit\":3}");
  EXPECT_EQ(client.get("/api/streams/desktop/incidents?limit=1000").body, "{\"limit\":1000}");
  EXPECT_EQ(client.get("/api/streams/desktop/incidents?limit=1001").status, 400);
  EXPECT_EQ(client.get("/api/streams/other/incidents").status, 404);
  EXPECT_EQ(client.get("/api/streams/desktop/incidents/one").body, R"({"id":"one"})");
  EXPECT_EQ(client.get("/api/streams/desktop/incidents/two").status, 404);
}

TEST(Incidents, show_their_picture_to_this_site_only_and_to_no_cache) {
  IncidentServer server;
  Client client(server.port());
  const Response picture = client.get("/api/streams/desktop/incidents/one/picture.jpg");
  EXPECT_EQ(picture.status, 200);
  EXPECT_EQ(picture.body, "JPEG of one");
  EXPECT_EQ(picture.fields.at("content-type"), "image/jpeg");
  EXPECT_EQ(picture.fields.at("cache-control"), "no-store");
  EXPECT_EQ(picture.fields.at("cross-origin-resource-policy"), "same-origin");
  EXPECT_FALSE(picture.fields.contains("access-control-allow-origin"));
  EXPECT_EQ(client.get("/api/streams/desktop/incidents/two/picture.jpg").status, 404);
  EXPECT_EQ(client.get("/api/streams/desktop/incidents/one/picture.jpg").status, 200);
}

TEST(Incidents, a_service_that_never_answers_is_a_504_and_the_connection_goes_on) {
  IncidentServer server;
  Client client(server.port());
  EXPECT_EQ(client.get("/api/streams/desktop/incidents/never/picture.jpg").status, 504);
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST(Snapshot, is_the_last_picture_or_says_why_there_is_none) {
  IncidentServer server;
  Client client(server.port());
  const Response picture = client.get("/api/streams/shown/snapshot.jpg");
  EXPECT_EQ(picture.body, "JPEG now");
  EXPECT_EQ(picture.fields.at("cache-control"), "no-store");
  const Response none = client.get("/api/streams/desktop/snapshot.jpg");
  EXPECT_EQ(none.status, 404);
  EXPECT_NE(detail_of(none).find("no picture"), std::string::npos);
  EXPECT_NE(detail_of(client.get("/api/streams/other/snapshot.jpg")).find("no stream"), std::string::npos);
}

TEST(Drill, is_answered_when_it_was_measured) {
  IncidentServer server;
  Client client(server.port());
  const std::string body = R"({"fault":"kill"})";
  client.send(request_text("POST", "/api/streams/desktop/drill", with_length(body)) + body);
  ASSERT_TRUE(server.drill_begins());
  server.finish({DrillOutcome::Kind::Measured, R"({"verdict":"recovered"})", {}});
  const Response response = client.read();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"verdict":"recovered"})");
  EXPECT_EQ(server.drills(), std::vector<std::string>{"desktop kill"});
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST(Drill, requests_sent_behind_it_wait_for_their_turn) {
  IncidentServer server;
  Client client(server.port());
  const std::string body = R"({"fault":"kill"})";
  client.send(request_text("POST", "/api/streams/desktop/drill", with_length(body)) + body +
              request_text("GET", "/healthz"));
  ASSERT_TRUE(server.drill_begins());
  server.finish({DrillOutcome::Kind::Measured, "{}", {}});
  EXPECT_EQ(client.read().body, "{}");
  EXPECT_EQ(client.read().body, "ok\n");
}

TEST(Drill, refusals_are_problems_that_say_what_to_do) {
  IncidentServer server;
  const auto refuse = [&server](DrillOutcome::Kind kind) {
    Client client(server.port());
    const std::string body = R"({"fault":"kill"})";
    client.send(request_text("POST", "/api/streams/desktop/drill", with_length(body)) + body);
    EXPECT_TRUE(server.drill_begins());
    server.finish({kind, {}, "because"});
    const Response response = client.read();
    if (kind != DrillOutcome::Kind::UnknownStream) {
      EXPECT_EQ(detail_of(response), "because");
    }
    return response.status;
  };
  EXPECT_EQ(refuse(DrillOutcome::Kind::UnknownFault), 422);
  EXPECT_EQ(refuse(DrillOutcome::Kind::SwitchedOff), 409);
  EXPECT_EQ(refuse(DrillOutcome::Kind::Refused), 409);
  EXPECT_EQ(refuse(DrillOutcome::Kind::UnknownStream), 404);
}

TEST(Drill, bodies_that_are_no_order_never_reach_the_service) {
  IncidentServer server;
  Client client(server.port());
  const std::string target = "/api/streams/desktop/drill";
  for (const char* body : {"{}", "[]", "null", "\"kill\"", R"({"fault":9})", R"({"fault":"kill","again":1})",
                           R"({"fault":"kill","fault":"stop"})", R"({"fault":)"}) {
    EXPECT_EQ(post(client, target, body).status, 400) << body;
  }
  EXPECT_EQ(post(client, target, "{\"fault\":" + std::string(40, '[') + std::string(40, ']') + "}").status,
            400);
  EXPECT_EQ(client.exchange("POST", target).status, 400) << "no body";
  const std::string body = R"({"fault":"kill"})";
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  EXPECT_EQ(client.exchange("POST", target, length, body).status, 415);
  EXPECT_EQ(
      client.exchange("POST", target, with_length(body) + "Origin: http://evil.example\r\n", body).status,
      403);
  EXPECT_EQ(client.get(target).status, 405);
  EXPECT_TRUE(server.drills().empty());
}

TEST(Drill, an_answer_after_the_deadline_is_not_written_into_the_next_reply) {
  IncidentServer server;
  Client client(server.port());
  EXPECT_EQ(post(client, "/api/streams/desktop/drill", R"({"fault":"kill"})").status, 504);
  server.finish({DrillOutcome::Kind::Measured, "late", {}});
  EXPECT_EQ(client.get("/healthz").body, "ok\n");
}

TEST(Drill, one_that_left_before_the_answer_is_forgotten) {
  IncidentServer server;
  {
    Client client(server.port());
    const std::string body = R"({"fault":"kill"})";
    client.send(request_text("POST", "/api/streams/desktop/drill", with_length(body)) + body);
    ASSERT_TRUE(server.drill_begins());
  }
  ASSERT_TRUE(server.eventually([](HttpServer& http) { return http.connections() == 0; }));
  server.finish({DrillOutcome::Kind::Measured, "{}", {}});
  Client client(server.port());
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST(Drill, a_service_that_ends_says_so) {
  IncidentServer server;
  Client client(server.port());
  const std::string body = R"({"fault":"kill"})";
  client.send(request_text("POST", "/api/streams/desktop/drill", with_length(body)) + body);
  ASSERT_TRUE(server.drill_begins());
  server.run([](HttpServer& http) { http.close([] {}); });
  EXPECT_EQ(client.read().status, 503);
}

}  // namespace
}  // namespace supervisor
