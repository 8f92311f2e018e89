// What a reload puts in force, and what it says waits for the next start: every key of the file, one at a
// time.
#include "supervisor/daemon/config_change.h"

#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/parse.h"
#include "supervisor/credentials/credentials.h"

namespace supervisor {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

Config config_of(const Json& document) {
  const auto outcome = parse_config(document.dump(), "c.json");
  EXPECT_TRUE(outcome) << (outcome ? "" : format_problem(outcome.error().front()));
  return outcome ? outcome->config : Config{};
}

// Every key, with its default.
Json whole_document() {
  return Json::parse(
      format_config(config_of(Json::parse(R"({"streams": [{"name": "a"}]})")), Secrets::Shown));
}

// "/server/limits/connections_max", of every value below `place`; a list is one value.
std::vector<std::string> values_below(const Json& document, const std::string& place) {
  const Json& here = document[Json::json_pointer(place)];
  if (!here.is_object()) return {place};
  std::vector<std::string> places;
  for (const auto& [key, value] : here.items()) {
    for (std::string& found : values_below(document, place + "/" + key)) places.push_back(std::move(found));
  }
  return places;
}

// Another value that is allowed there.
Json changed(const std::string& place, const Json& value) {
  static const std::map<std::string, Json> chosen = {
      {"/log/level", "debug"},
      {"/log/format", "json"},
      {"/server/listen", {"127.0.0.1:9999"}},
      {"/server/hosts", {"stream.example.org"}},
      {"/server/auth/users",
       {{{"name", "ann"},
         {"password_hash", "$scrypt$ln=14,r=8,p=5$c2FsdHNhbHRzYWx0$YWFhYWFhYWFhYWFhYWFhYWFh"}}}},
      {"/server/auth/tokens", {{{"name", "one"}, {"token_hash", hash_token("one")}}}},
      {"/streams/0/hls/output_mode", "0700"},
      {"/streams/0/hls/part_duration", 0.5},
  };
  if (const auto found = chosen.find(place); found != chosen.end()) return found->second;
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number()) return value.get<int>() + 1;
  return "/elsewhere";
}

// "/server/limits/connections_max" as a change names it.
std::string key_of(std::string place) {
  place.erase(0, 1);
  for (char& c : place) c = c == '/' ? '.' : c;
  return place;
}

struct KeyChange {
  std::string key;
  ConfigChange change;
};

// These two go together; that one has a single value yet.
bool can_change_alone(std::string_view place) {
  return !place.starts_with("/server/tls/") && place != "/streams/0/hls/dvr_seconds";
}

std::vector<KeyChange> change_each_below(const std::string& place) {
  const Json before = whole_document();
  std::vector<KeyChange> changes;
  for (const std::string& one : values_below(before, place)) {
    if (!can_change_alone(one)) continue;
    SCOPED_TRACE(one);
    Json after = before;
    Json& value = after[Json::json_pointer(one)];
    value = changed(one, value);
    changes.push_back({key_of(one), plan_change(config_of(before), config_of(after))});
  }
  return changes;
}

void expect_waiting(const KeyChange& one, const std::string& named) {
  EXPECT_THAT(one.change.needs_restart, ElementsAre(StartsWith(named + ": "))) << one.key;
  EXPECT_THAT(one.change.applied, IsEmpty()) << one.key;
  EXPECT_THAT(one.change.streams, IsEmpty()) << one.key;
  EXPECT_EQ(one.change.in_force, config_of(whole_document())) << one.key;
}

void expect_applied(const KeyChange& one) {
  EXPECT_THAT(one.change.applied, ElementsAre(StartsWith(one.key + ": "))) << one.key;
  EXPECT_THAT(one.change.needs_restart, IsEmpty()) << one.key;
  EXPECT_NE(one.change.in_force, config_of(whole_document())) << one.key;
}

TEST(ConfigChange, every_key_of_the_log_waits_for_a_restart_and_is_named) {
  const auto changes = change_each_below("/log");
  EXPECT_GE(changes.size(), 7u);
  for (const KeyChange& one : changes) expect_waiting(one, one.key);
}

TEST(ConfigChange, every_key_of_the_server_but_credentials_and_certificate_waits_and_is_named) {
  for (const KeyChange& one : change_each_below("/server")) {
    if (one.key.starts_with("server.auth.")) {
      expect_applied(one);
    } else {
      expect_waiting(one, one.key);
    }
  }
}

TEST(ConfigChange, every_key_of_the_window_waits_and_is_named) {
  for (const char* const place : {"/streams/0/hls", "/streams/0/video/fps"}) {
    for (const KeyChange& one : change_each_below(place))
      expect_waiting(one, "a: " + one.key.substr(std::string_view("streams.0.").size()));
  }
}

TEST(ConfigChange, alerts_and_monitoring_are_in_force_at_once) {
  for (const KeyChange& one : change_each_below("/monitoring")) expect_applied(one);
}

TEST(ConfigChange, https_begins_and_ends_with_a_restart_and_another_certificate_is_shown_at_once) {
  const auto with_tls = [](const char* certificate, const char* key) {
    Config config = config_of(whole_document());
    config.server.tls = {certificate, key};
    return config;
  };
  const Config http = with_tls("", ""), https = with_tls("/a.pem", "/a.key"),
               renewed = with_tls("/b.pem", "/b.key");
  EXPECT_THAT(plan_change(http, https).needs_restart,
              ElementsAre(StartsWith("server.tls.certificate: "), StartsWith("server.tls.key: ")));
  EXPECT_EQ(plan_change(http, https).in_force, http);
  EXPECT_EQ(plan_change(https, http).in_force, https);
  EXPECT_THAT(plan_change(https, renewed).applied,
              ElementsAre(StartsWith("server.tls.certificate: "), StartsWith("server.tls.key: ")));
  EXPECT_EQ(plan_change(https, renewed).in_force, renewed);
}

TEST(ConfigChange, a_stream_that_comes_or_goes_waits_for_a_restart) {
  const Config one = config_of(Json::parse(R"({"streams": [{"name": "a"}]})"));
  const Config two = config_of(Json::parse(R"({"streams": [{"name": "a"}, {"name": "b"}]})"));
  EXPECT_THAT(plan_change(one, two).needs_restart, ElementsAre("b: added"));
  EXPECT_THAT(plan_change(two, one).needs_restart, ElementsAre("b: removed"));
  EXPECT_EQ(plan_change(two, one).in_force, two);
}

}  // namespace
}  // namespace supervisor
