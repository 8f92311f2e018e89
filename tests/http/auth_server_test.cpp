// Credentials at a real server on loopback, with the real desk behind it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "supervisor/credentials/encoding.h"
#include "supervisor/http/auth_desk.h"
#include "tests/http/http_fixture.h"

namespace supervisor {
namespace {

const std::string json_type = "Content-Type: application/json\r\n";

// At a cost that only tests may have: what is tested is the way of a password.
std::string hash_of(const std::string& password) {
  static std::map<std::string, std::string> made;
  std::string& hash = made[password];
  if (hash.empty())
    hash = hash_password(password, {.log_n = 4, .r = 8, .p = 1, .salt = {}, .digest = {}}).value();
  return hash;
}

class AuthServer : public TestServer {
 public:
  explicit AuthServer(AuthSettings settings = two_users(), const std::string& path = {},
                      const std::string& kept = {})
      : TestServer(patient()) {
    run([&](HttpServer&) {
      desk_ = std::make_unique<AuthDesk>(context(), path, kept);
      desk_->configure(settings);
      services.auth = desk_.get();
    });
  }
  ~AuthServer() {
    run([this](HttpServer&) {
      services.auth = nullptr;
      desk_.reset();
    });
  }
  void configure(const AuthSettings& settings) {
    run([&](HttpServer&) { desk_->configure(settings); });
  }

  // A password takes longer than what the other tests wait for.
  static HttpSettings patient() {
    HttpSettings settings = quick_settings();
    settings.later_wait = settings.idle = std::chrono::seconds(20);
    return settings;
  }

  static AuthSettings two_users() {
    AuthSettings settings;
    settings.users = {{"vera", Role::Viewer, hash_of("vera's password")},
                      {"otto", Role::Operator, hash_of("otto's password")}};
    settings.tokens = {{"bot", Role::Viewer, hash_token("dst_viewer")},
                       {"admin", Role::Operator, hash_token("dst_operator")}};
    return settings;
  }

 private:
  std::unique_ptr<AuthDesk> desk_;
};

std::string bearer(const std::string& token) {
  return "Authorization: Bearer " + token + "\r\n";
}

std::string basic(const std::string& pair) {
  return "Authorization: Basic " + to_base64(pair, Base64::Standard) + "\r\n";
}

Response send_login(std::uint16_t port, const std::string& name, const std::string& password) {
  const std::string body = nlohmann::json{{"username", name}, {"password", password}}.dump();
  return Client(port).exchange("POST", "/api/login",
                               json_type + "Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

// "Cookie: ..." of a login that must succeed.
std::string cookie_of(const Response& response) {
  EXPECT_EQ(response.status, 204) << response.body;
  const auto found = response.fields.find("set-cookie");
  if (found == response.fields.end()) return "";
  return "Cookie: " + found->second.substr(0, found->second.find(';')) + "\r\n";
}

std::string path_of(const RouteRow& row) {
  std::string path(row.pattern);
  for (const auto& [variable, value] : std::vector<std::pair<std::string, std::string>>{
           {"{stream}", "desktop"}, {"{name}", "seg"}, {"{path...}", ""}})
    if (const auto at = path.find(variable); at != std::string::npos)
      path.replace(at, variable.size(), value);
  return path;
}

// Faults C01 and C02: every route of the table, with nothing and with the credentials of a viewer.
TEST(AuthServer, every_route_wants_what_the_table_says) {
  AuthServer server;
  for (const RouteRow& row : route_table()) {
    const std::string method(row.method), path = path_of(row);
    const Response nobody = Client(server.port()).exchange(method, path);
    const Response viewer = Client(server.port()).exchange(method, path, bearer("dst_viewer"));
    if (needs_of(row) == Needs::Nothing) {
      EXPECT_NE(nobody.status, 401) << method << " " << path;
      EXPECT_NE(viewer.status, 403) << method << " " << path;
      continue;
    }
    EXPECT_EQ(nobody.status, 401) << method << " " << path;
    EXPECT_EQ(nobody.fields.at("content-type"), "application/problem+json") << path;
    EXPECT_TRUE(nobody.fields.contains("www-authenticate")) << path;
    if (needs_of(row) >= Needs::Operator) {
      EXPECT_EQ(viewer.status, 403) << method << " " << path;
      EXPECT_NE(viewer.body.find("role operator"), std::string::npos);
    } else {
      EXPECT_NE(viewer.status, 401) << method << " " << path;
      EXPECT_NE(viewer.status, 403) << method << " " << path;
    }
  }
}

TEST(AuthServer, an_operator_commands_and_a_wrong_token_does_nothing) {
  AuthServer server;
  Client client(server.port());
  EXPECT_EQ(client.exchange("POST", "/api/start", bearer("dst_operator")).status, 202);
  EXPECT_EQ(client.exchange("POST", "/api/start", bearer("dst_operatoR")).status, 401);
  EXPECT_EQ(client.exchange("POST", "/api/start", "Authorization: nonsense\r\n").status, 401);
  EXPECT_EQ(server.run([&](HttpServer&) { return server.commands.size(); }), 1u);
}

TEST(AuthServer, a_session_begins_with_the_password_and_ends_with_logout) {
  AuthServer server;
  const Response response = send_login(server.port(), "otto", "otto's password");
  const std::string cookie = cookie_of(response);
  EXPECT_NE(response.fields.at("set-cookie").find("HttpOnly; SameSite=Strict"), std::string::npos);
  Client client(server.port());
  EXPECT_EQ(client.exchange("POST", "/api/start", cookie).status, 202);
  auto session = nlohmann::json::parse(client.get("/api/session", cookie).body);
  EXPECT_EQ(session,
            nlohmann::json::parse(
                R"({"auth_required":true,"authenticated":true,"username":"otto","role":"operator"})"));
  EXPECT_EQ(client.exchange("POST", "/api/logout", cookie).status, 204);
  EXPECT_EQ(client.exchange("POST", "/api/start", cookie).status, 401) << "the cookie itself has ended";
  session = nlohmann::json::parse(client.get("/api/session", cookie).body);
  EXPECT_EQ(session["authenticated"], false);
}

TEST(AuthServer, a_wrong_password_and_a_wrong_name_get_the_same_answer) {
  AuthServer server;
  const Response wrong = send_login(server.port(), "otto", "otto's passwor");
  const Response unknown = send_login(server.port(), "nobody", "otto's password");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(wrong.fields.at("www-authenticate").rfind("Bearer", 0), 0u) << "no dialog of the browser";
  EXPECT_FALSE(wrong.fields.contains("set-cookie"));
}

TEST(AuthServer, attempts_are_limited_and_a_session_goes_on_meanwhile) {
  AuthSettings settings = AuthServer::two_users();
  settings.login = {
      .free_attempts = 2, .delay = std::chrono::minutes(1), .delay_max = std::chrono::minutes(1)};
  AuthServer server(settings);
  const std::string cookie = cookie_of(send_login(server.port(), "vera", "vera's password"));
  EXPECT_EQ(send_login(server.port(), "otto", "guess one").status, 401);
  EXPECT_EQ(send_login(server.port(), "otto", "guess two").status, 401);
  const Response held = send_login(server.port(), "otto", "otto's password");
  EXPECT_EQ(held.status, 429) << "even the right one";
  EXPECT_GT(std::stoi(held.fields.at("retry-after")), 30);
  EXPECT_LE(std::stoi(held.fields.at("retry-after")), 60);
  EXPECT_EQ(Client(server.port()).get("/api/status", cookie).status, 200);
  EXPECT_EQ(Client(server.port()).get("/api/status", bearer("dst_viewer")).status, 200);
}

TEST(AuthServer, bodies_of_login_are_exact_and_other_sites_are_kept_out) {
  AuthServer server;
  for (const char* const body : {"[]", "{}", R"({"username":"otto"})", R"({"username":1,"password":"x"})",
                                 R"({"username":"a","password":"b","more":1})"}) {
    const Response response =
        Client(server.port())
            .exchange("POST", "/api/login",
                      json_type + "Content-Length: " + std::to_string(std::string(body).size()) + "\r\n",
                      body);
    EXPECT_EQ(response.status, 400) << body;
  }
  EXPECT_EQ(Client(server.port()).exchange("POST", "/api/login", "Origin: http://evil.example\r\n").status,
            403);
}

TEST(AuthServer, players_open_media_by_basic) {
  AuthServer server;
  const Response asked = Client(server.port()).get("/hls/desktop/playlist.m3u8");
  EXPECT_EQ(asked.status, 401);
  Client client(server.port());
  const std::string right = basic("vera:vera's password");
  EXPECT_EQ(client.get("/hls/desktop/playlist.m3u8", right).status, 200);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get("/hls/desktop/seg", right).status, 200);
  EXPECT_EQ(client.get("/hls/desktop/seg", basic("anybody:dst_viewer")).status, 200) << "a token as password";
  EXPECT_EQ(client.get("/hls/desktop/seg", basic("vera:otto's password")).status, 401);
  EXPECT_EQ(client.exchange("POST", "/api/start", basic("otto:otto's password")).status, 401);
}

// At the full cost twenty comparisons would take five seconds.
TEST(AuthServer, the_password_of_a_player_is_compared_once) {
  AuthSettings settings = AuthServer::two_users();
  settings.users[0].password_hash = hash_password("vera's password").value();
  AuthServer server(settings);
  Client client(server.port());
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(client.get("/hls/desktop/seg", basic("vera:vera's password")).status, 200);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));
}

TEST(AuthServer, players_are_offered_basic_and_scripts_of_a_page_are_not) {
  AuthServer server;
  // The fixture keeps the last field of a name: Bearer is always there, so read the bytes.
  for (const auto& [fields, offered] :
       std::vector<std::pair<std::string, bool>>{{"", true},
                                                 {"Sec-Fetch-Site: same-origin\r\n", false},
                                                 {"Cookie: desktop_streamer_session=x\r\n", false}}) {
    Client client(server.port());
    client.send(request_text("GET", "/hls/desktop/playlist.m3u8", fields));
    const std::string head = client.read_until("\r\n\r\n");
    EXPECT_EQ(head.find("Basic realm") != std::string::npos, offered) << fields;
  }
  Client client(server.port());
  client.send(request_text("GET", "/api/status"));
  EXPECT_EQ(client.read_until("\r\n\r\n").find("Basic realm"), std::string::npos);
}

TEST(AuthServer, a_wrong_password_of_a_player_is_compared_once_and_is_no_attempt_again) {
  AuthSettings settings = AuthServer::two_users();
  settings.login = {
      .free_attempts = 2, .delay = std::chrono::minutes(1), .delay_max = std::chrono::minutes(1)};
  AuthServer server(settings);
  Client client(server.port());
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(client.get("/hls/desktop/seg", basic("vera:an old password")).status, 401) << i;
  EXPECT_EQ(send_login(server.port(), "vera", "vera's password").status, 204) << "one attempt of two is left";
}

TEST(AuthServer, protected_media_is_not_for_caches_that_all_share) {
  AuthServer server;
  Client client(server.port());
  const std::string field = client.get("/hls/desktop/seg", bearer("dst_viewer")).fields.at("cache-control");
  EXPECT_EQ(field.find("public"), std::string::npos) << field;
  AuthSettings open = AuthServer::two_users();
  open.public_media = true;
  server.configure(open);
  const Response seg = client.get("/hls/desktop/seg");
  EXPECT_EQ(seg.status, 200);
  EXPECT_NE(seg.fields.at("cache-control").find("public"), std::string::npos);
  EXPECT_EQ(client.get("/api/status").status, 401);
}

TEST(AuthServer, who_is_taken_out_of_the_configuration_is_out_at_once) {
  AuthServer server;
  const std::string cookie = cookie_of(send_login(server.port(), "otto", "otto's password"));
  Client client(server.port());
  const std::string right = basic("vera:vera's password");
  EXPECT_EQ(client.get("/api/status", right).status, 200);
  AuthSettings settings = AuthServer::two_users();
  settings.users[0].password_hash = hash_of("vera's new password");
  settings.users[1].password_hash = hash_of("otto's new password");
  settings.tokens.clear();
  server.configure(settings);
  EXPECT_EQ(client.get("/api/status", cookie).status, 401) << "a new password ends the sessions";
  EXPECT_EQ(client.get("/api/status", right).status, 401);
  EXPECT_EQ(client.get("/api/status", bearer("dst_viewer")).status, 401);
}

TEST(AuthServer, an_event_stream_ends_when_its_reader_is_logged_out) {
  AuthServer server;
  const std::string cookie = cookie_of(send_login(server.port(), "vera", "vera's password"));
  Client reader(server.port());
  reader.send(request_text("GET", "/api/events", cookie));
  EXPECT_NE(reader.read_until("retry: 2000").find("200 OK"), std::string::npos);
  EXPECT_EQ(Client(server.port()).exchange("POST", "/api/logout", cookie).status, 204);
  bool ended = false;
  for (int i = 0; i < 3 && !ended; ++i) reader.read_to_end(ended);
  EXPECT_TRUE(ended);
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(AuthServer, sessions_and_their_ends_outlive_the_process) {
  const auto folder = std::filesystem::temp_directory_path() / ("auth-" + to_hex(random_bytes(8)));
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "sessions.json").string();
  std::string kept_session, ended_session;
  {
    AuthServer server(AuthServer::two_users(), path);
    kept_session = cookie_of(send_login(server.port(), "vera", "vera's password"));
    ended_session = cookie_of(send_login(server.port(), "vera", "vera's password"));
    EXPECT_EQ(Client(server.port()).exchange("POST", "/api/logout", ended_session).status, 204);
    EXPECT_TRUE(server.eventually(
        [&](HttpServer&) { return text_of(path).find("\"ended\":{\"") != std::string::npos; }));
  }
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  {
    AuthServer server(AuthServer::two_users(), path, text_of(path));
    EXPECT_EQ(Client(server.port()).get("/api/status", kept_session).status, 200);
    EXPECT_EQ(Client(server.port()).get("/api/status", ended_session).status, 401);
  }
  {
    AuthServer server(AuthServer::two_users(), {}, "{damaged");
    EXPECT_EQ(Client(server.port()).get("/api/status", kept_session).status, 401);
  }
  std::filesystem::remove_all(folder);
}

TEST(AuthServer, without_credentials_everything_is_as_it_was) {
  AuthServer server{AuthSettings{}};
  Client client(server.port());
  EXPECT_EQ(client.exchange("POST", "/api/start").status, 202);
  EXPECT_EQ(client.get("/hls/desktop/seg").status, 200);
  const auto session = nlohmann::json::parse(client.get("/api/session").body);
  EXPECT_EQ(session["auth_required"], false);
  EXPECT_EQ(session["role"], "operator");
  EXPECT_EQ(send_login(server.port(), "otto", "otto's password").status, 409);
}

}  // namespace
}  // namespace supervisor
