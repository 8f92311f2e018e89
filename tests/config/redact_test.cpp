#include "supervisor/config/redact.h"

#include "supervisor/config/difference.h"
#include "tests/config/config_test.h"

using namespace supervisor;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

const std::string hash_a = "$scrypt$ln=14,r=8,p=5$c2FsdHNhbHRzYWx0$YWFhYWFhYWFhYWFhYWFhYWFh";
const std::string hash_b = "$scrypt$ln=14,r=8,p=5$c2FsdHNhbHRzYWx0$YmJiYmJiYmJiYmJiYmJiYmJi";

// Two users and two webhooks.
Config in_force() {
  return accepted(R"({"streams": [{"name": "a"}], "server": {"auth": {"users": [
    {"name": "ann", "role": "operator", "password_hash": ")" +
                  hash_a + R"("},
    {"name": "bob", "password_hash": ")" +
                  hash_b + R"("}]}},
    "alerts": {"email_alerts": {"password": "mail secret"},
               "webhook_alerts": [{"url": "https://one.example/key1"}, {"url": "https://two.example/key2"}]}})")
      .config;
}

// With "(secret)" for HIDDEN, which a raw string would take for its end.
std::string hidden(std::string text) {
  for (std::size_t at = 0; (at = text.find("HIDDEN")) != std::string::npos;)
    text.replace(at, 6, hidden_secret);
  return text;
}

std::string merged(const std::string& text) {
  const auto outcome = merge_secrets(hidden(text), "c.json", in_force());
  if (!outcome) return "refused: " + format_problem(outcome.error().front());
  return *outcome;
}

}  // namespace

TEST(Redact, what_was_shown_comes_back_as_it_was) {
  const std::string shown = format_config(in_force(), Secrets::Redacted);
  for (const std::string& secret : {hash_a, hash_b, std::string("mail secret"), std::string("key1")})
    EXPECT_THAT(shown, Not(HasSubstr(secret)));
  const auto back = merge_secrets(shown, "c.json", in_force());
  ASSERT_TRUE(back);
  EXPECT_EQ(accepted(*back).config, in_force());
}

TEST(Redact, users_are_found_by_name_wherever_they_stand) {
  EXPECT_EQ(merged(R"({"server": {"auth": {"users": [{"password_hash": "HIDDEN", "name": "bob"}]}}})"),
            R"({"server": {"auth": {"users": [{"password_hash": ")" + hash_b + R"(", "name": "bob"}]}}})");
}

TEST(Redact, a_hidden_secret_of_somebody_new_is_refused_with_its_place) {
  EXPECT_EQ(
      merged(
          "{\"server\": {\"auth\": {\"users\": [\n{\"name\": \"eve\",\n\"password_hash\": \"HIDDEN\"}]}}}"),
      "refused: c.json:3: /server/auth/users/0/password_hash: is hidden, and no secret that is in force "
      "belongs here; allowed: the secret itself");
}

TEST(Redact, items_without_a_name_keep_their_place_or_are_refused) {
  EXPECT_THAT(
      merged(R"({"alerts": {"webhook_alerts": [{"url": "HIDDEN"}, {"url": "https://new.example"}]}})"),
      HasSubstr(R"([{"url": "https://one.example/key1"}, {"url": "https://new.example"}])"));
  EXPECT_THAT(merged(R"({"alerts": {"webhook_alerts": [{"url": "HIDDEN"}]}})"), HasSubstr("refused: "));
}

namespace {

// Two cameras that look alike but for their passwords, and one of another name.
Config cameras() {
  return accepted(with_stream(R"("inputs": [
    {"type": "url", "url": "rtsp://ann:one@a/1", "options": {"rtsp_transport": "tcp", "headers": "X-Key: two"}},
    {"type": "url", "url": "rtsp://ann:three@b/1"}, {"type": "url", "url": "rtsp://bob:four@b/1"}])"))
      .config;
}

std::string merged_inputs(const std::string& inputs) {
  const auto outcome = merge_secrets(hidden(with_stream("\"inputs\": " + inputs)), "c.json", cameras());
  return outcome ? *outcome : "refused: " + format_problem(outcome.error().front());
}

}  // namespace

TEST(Redact, addresses_of_inputs_are_shown_without_their_secrets_and_come_back) {
  const std::string shown = format_config(cameras(), Secrets::Redacted);
  for (const char* secret : {"one", "two", "three", "four"}) EXPECT_THAT(shown, Not(HasSubstr(secret)));
  EXPECT_THAT(shown, HasSubstr("rtsp://(secret)@a/1"));
  EXPECT_THAT(shown, HasSubstr(R"("rtsp_transport": "tcp")"));
  const auto back = merge_secrets(shown, "c.json", cameras());
  ASSERT_TRUE(back);
  EXPECT_EQ(accepted(*back).config, cameras());
}

TEST(Redact, an_input_is_found_by_its_address_wherever_it_stands) {
  EXPECT_THAT(merged_inputs(R"([{"type": "pattern"},
      {"type": "url", "options": {"headers": "HIDDEN"}, "url": "rtsp://HIDDEN@a/1"}])"),
              testing::AllOf(HasSubstr("rtsp://ann:one@a/1"), HasSubstr("X-Key: two")));
  EXPECT_THAT(merged_inputs(R"([{"type": "url", "url": "rtsp://HIDDEN@b/1"}])"), HasSubstr("refused: "))
      << "two look like this, and nobody can tell which is meant";
  EXPECT_THAT(
      merged_inputs(R"([{"type": "url", "url": "rtsp://HIDDEN@c/1"}])"),
      HasSubstr("/streams/0/inputs/0/url: has a hidden part, and is not an address that is in force here"));
}

TEST(Redact, comments_and_everything_else_stay_as_they_are) {
  const std::string text = R"x(// "HIDDEN" in a comment
{ /* "HIDDEN" */ "streams": [{"name": "a", "inputs": [{"type": "slate", "text": "HIDDEN"}]}],
  "alerts": {"email_alerts": {"password" : "\u0028secret)" , "username": "a \"HIDDEN\" b"}} } // end)x";
  std::string expected = text;
  const std::string escaped = R"x("\u0028secret)")x";
  expected.replace(expected.find(escaped), escaped.size(), "\"mail secret\"");
  EXPECT_EQ(merged(text), hidden(expected));
}

TEST(Redact, a_secret_that_is_written_is_taken) {
  const std::string text = R"({"alerts": {"email_alerts": {"password": "new"}}})";
  EXPECT_EQ(merged(text), text);
}

TEST(Redact, what_is_no_document_is_refused_with_its_line) {
  EXPECT_THAT(merged("{\n\n"), HasSubstr("refused: c.json:2: /: not valid JSON"));
  EXPECT_THAT(merged("{\"a\": 1,\n\"a\": \"HIDDEN\"}"), HasSubstr("written twice"));
  EXPECT_EQ(merged("[\"HIDDEN\"]"), hidden("[\"HIDDEN\"]")) << "the parser says what is wrong with that";
}

TEST(Auth, accounts_are_checked_with_their_place) {
  EXPECT_THAT(
      errors_of(with_root(
          R"("server": {"auth": {"users": [{"name": "a b", "role": "operator", "password_hash": "plain"}]}})")),
      ElementsAre(HasSubstr("/server/auth/users/0/name: is the text \"a b\"; allowed: 1 to 64"),
                  HasSubstr("/server/auth/users/0/password_hash: is no password hash; allowed: what "
                            "`streamer-supervisor passwd` prints")));
  EXPECT_THAT(
      errors_of(with_root(R"("server": {"auth": {"tokens": [{"name": "t", "token_hash": "dst_x"}]}})")),
      testing::Contains(HasSubstr("is no token hash")));
  EXPECT_THAT(errors_of(with_root(R"("server": {"auth": {"users": [{"name": "a", "password_hash": ")" +
                                  hash_a + R"("}, {"name": "a", "password_hash": ")" + hash_b + R"("}]}})")),
              testing::Contains(HasSubstr("\"a\" is there twice")));
  EXPECT_THAT(errors_of(with_root(R"("server": {"auth": {"login_delay": 10, "login_delay_max": 5}})")),
              ElementsAre(HasSubstr("is below login_delay")));
}

TEST(Auth, a_plain_password_in_the_wrong_place_is_not_repeated) {
  EXPECT_THAT(
      errors_of(with_root(R"("server": {"auth": {"users": [{"name": "a", "password_hash": "hunter22"}]}})")),
      testing::Each(Not(HasSubstr("hunter22"))));
}

TEST(Auth, nobody_who_may_change_anything_is_a_warning) {
  const auto loaded = accepted(
      with_root(R"("server": {"auth": {"users": [{"name": "a", "role": "viewer", "password_hash": ")" +
                hash_a + R"("}]}})"));
  EXPECT_THAT(lines_of(loaded.warnings), ElementsAre(HasSubstr("nobody has the role operator")));
}

TEST(Difference, names_what_changed_and_hides_secrets) {
  const Config before = in_force();
  Config after = before;
  EXPECT_THAT(differences(before, after), IsEmpty());
  after.streams[0].video.bitrate = 4000;
  after.server.drill = true;
  after.alerts.email_alerts.password = "new secret";
  after.streams.push_back(Stream{});
  after.streams.back().name = "b";
  std::vector<std::string> texts;
  for (const Difference& one : differences(before, after)) texts.push_back(one.stream + "|" + one.text);
  EXPECT_THAT(texts, testing::UnorderedElementsAre(
                         "|server.drill: false -> true", "|alerts.email_alerts.password: changed",
                         "a|video.bitrate: " + std::to_string(before.streams[0].video.bitrate) + " -> 4000",
                         "b|added"));
}
