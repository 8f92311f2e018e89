#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/http/http_fixture.h"

namespace supervisor {
namespace {

const std::string json_type = "Content-Type: application/json\r\n";

// "desktop" has inputs 0 to 2, and 1 does not work; every change of the list is written down and refused
// once.
class InputServer : public TestServer {
 public:
  InputServer() {
    run([this](HttpServer&) { fill(); });
  }

  std::vector<std::string> asked() {
    return run([this](HttpServer&) { return asked_; });
  }

 private:
  void fill() {
    services.switch_input = [this](std::string_view name, std::optional<int> priority) -> CommandOutcome {
      using Kind = CommandOutcome::Kind;
      asked_.push_back(std::string(name) + " " + (priority ? std::to_string(*priority) : "automatic"));
      if (priority == 1) return {Kind::Refused, "input 1 is degraded", {}};
      if (priority && (*priority < 0 || *priority > 2)) return {Kind::UnknownInput, "there are 0 to 2", {}};
      return {};
    };
    services.config_json = [] { return std::string("{}"); };
    services.reload_config = [](auto) {};
    services.write_config = [this](const ConfigWrite& wanted, auto done) {
      using Kind = ConfigOutcome::Kind;
      asked_.push_back(wanted.stream + "|" + wanted.text + "|" + wanted.if_match +
                       (wanted.dry_run ? "|dry" : ""));
      if (wanted.stream == "gone") return done({Kind::UnknownStream, {}, {}});
      if (wanted.if_match == "old") return done({Kind::Changed, {}, "changed meanwhile"});
      if (wanted.dry_run) return done({Kind::Invalid, R"([{"pointer":"/changes/0/op"}])", "has errors"});
      done({Kind::Done, R"({"applied":[]})", {}});
    };
  }

  std::vector<std::string> asked_;  // on the loop only
};

Response send(Client& client, const std::string& method, const std::string& target, const std::string& body,
              const std::string& fields = {}) {
  return client.exchange(
      method, target, json_type + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

constexpr const char* switch_target = "/api/streams/desktop/inputs/switch";
constexpr const char* edit_target = "/api/streams/desktop/inputs";

TEST(Inputs, are_put_on_air_and_given_back) {
  InputServer server;
  Client client(server.port());
  const Response held = send(client, "POST", switch_target, R"({"priority": 2})");
  EXPECT_EQ(held.status, 202);
  EXPECT_EQ(held.body, R"({"service":{}})");
  EXPECT_EQ(send(client, "POST", switch_target, R"({"priority": null})").status, 202);
  EXPECT_EQ(server.asked(), (std::vector<std::string>{"desktop 2", "desktop automatic"}));
}

TEST(Inputs, that_cannot_be_put_on_air_are_told_apart) {
  InputServer server;
  Client client(server.port());
  EXPECT_EQ(send(client, "POST", switch_target, R"({"priority": 1})").status, 409);
  EXPECT_EQ(send(client, "POST", switch_target, R"({"priority": 3})").status, 422);
  EXPECT_EQ(send(client, "POST", switch_target, R"({"priority": 99999999999})").status, 422);
  EXPECT_EQ(send(client, "POST", switch_target, R"({"priority": 18446744073709551615})").status, 422);
  EXPECT_EQ(send(client, "POST", "/api/streams/other/inputs/switch", R"({"priority": 0})").status, 404);
}

TEST(Inputs, a_choice_is_one_key_and_nothing_else) {
  InputServer server;
  Client client(server.port());
  for (const char* body :
       {"", "{}", "1", R"({"priority": "1"})", R"({"priority": 1.5})", R"({"priority": 1, "a": 1})"})
    EXPECT_EQ(send(client, "POST", switch_target, body).status, 400) << body;
  EXPECT_TRUE(server.asked().empty());
}

TEST(Inputs, changes_of_the_list_go_to_the_configuration_with_their_stream) {
  InputServer server;
  Client client(server.port());
  EXPECT_EQ(send(client, "PATCH", edit_target, R"({"changes": []})", "If-Match: \"abc\"\r\n").status, 200);
  EXPECT_EQ(send(client, "PATCH", edit_target, "{}", "If-Match: \"old\"\r\n").status, 412);
  const Response invalid = send(client, "PATCH", std::string(edit_target) + "?dry_run=true", "{}");
  EXPECT_EQ(invalid.status, 422);
  EXPECT_EQ(nlohmann::json::parse(invalid.body)["errors"][0]["pointer"], "/changes/0/op");
  EXPECT_EQ(send(client, "PATCH", "/api/streams/gone/inputs", "{}").status, 404);
  EXPECT_EQ(send(client, "PATCH", edit_target, "{").status, 400);
  EXPECT_EQ(server.asked(), (std::vector<std::string>{R"(desktop|{"changes": []}|abc)", "desktop|{}|old",
                                                      "desktop|{}||dry", "gone|{}|"}));
}

TEST(Inputs, the_whole_configuration_has_no_stream) {
  InputServer server;
  Client client(server.port());
  EXPECT_EQ(send(client, "PUT", "/api/config", "{}").status, 200);
  EXPECT_EQ(server.asked(), (std::vector<std::string>{"|{}|"}));
}

}  // namespace
}  // namespace supervisor
