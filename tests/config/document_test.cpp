// The documents that must agree with the table: the shipped file, the reference page, the schema, and what is
// printed.
#include <nlohmann/json.hpp>

#include "common/atomic_file.h"
#include "supervisor/config/reference.h"
#include "tests/config/config_test.h"

using nlohmann::json;
using supervisor::Config;
using supervisor::format_config;
using supervisor::parse_config;
using supervisor::Secrets;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

const std::string source_dir = STREAMER_SOURCE_DIR;

std::string file_text(const std::string& name) {
  const auto text = common::read_file(source_dir + "/" + name, 1 << 22);
  EXPECT_TRUE(text) << name;
  return text ? *text : "";
}

// All keys of "properties" of a schema, at any depth.
void collect_keys(const json& schema, std::vector<std::string>& keys) {
  if (schema.is_object() && schema.contains("properties")) {
    for (const auto& [key, inner] : schema["properties"].items()) keys.push_back(key);
  }
  if (schema.is_structured()) {
    for (const auto& inner : schema) collect_keys(inner, keys);
  }
}

// Whether `value` has only keys that `schema` describes.
void expect_described(const json& value, const json& schema, const std::string& place) {
  if (value.is_object() && schema.contains("properties")) {
    for (const auto& [key, inner] : value.items()) {
      ASSERT_TRUE(schema["properties"].contains(key)) << place << "/" << key;
      expect_described(inner, schema["properties"][key], place + "/" + key);
    }
  } else if (value.is_array() && schema.contains("items")) {
    for (const auto& inner : value) expect_described(inner, schema["items"], place + "/*");
  }
}

}  // namespace

TEST(ShippedConfig, is_the_defaults_and_gives_no_warning) {
  const auto loaded = accepted(file_text("etc/config.json"));
  EXPECT_EQ(loaded.config, Config{});
  EXPECT_THAT(lines_of(loaded.warnings), IsEmpty());
}

TEST(ShippedConfig, names_every_key_there_is) {
  std::vector<std::string> keys;
  collect_keys(json::parse(supervisor::config_schema()), keys);
  ASSERT_GT(keys.size(), 80u);
  const std::string text = file_text("etc/config.json");
  for (const std::string& key : keys) {
    const bool is_region = key == "x" || key == "y";
    if (is_region) continue;
    EXPECT_THAT(text, HasSubstr("\"" + key + "\"")) << key;
  }
}

TEST(ShippedConfig, cut_at_any_byte_is_an_error_and_no_crash) {
  const std::string text = file_text("etc/config.json");
  const std::size_t end = text.rfind('}');
  for (std::size_t length = 0; length <= end; ++length) {
    ASSERT_FALSE(parse_config(std::string_view(text).substr(0, length), "c.json")) << length;
  }
}

TEST(ShippedConfig, with_any_byte_replaced_is_accepted_or_refused_but_never_worse) {
  const std::string text = file_text("etc/config.json");
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::string broken = text;
    broken[i] = "\"{}[],:0\\\0x"[i % 11];
    const auto outcome = parse_config(broken, "c.json");
    ASSERT_TRUE(outcome || !outcome.error().empty()) << i;
  }
}

TEST(ReferencePage, is_what_the_table_says) {
  EXPECT_EQ(file_text("docs/configuration.md"), supervisor::config_reference())
      << "write it anew: streamer-config-docs reference > docs/configuration.md";
}

TEST(Schema, is_what_the_table_says) {
  EXPECT_EQ(file_text("docs/config.schema.json"), supervisor::config_schema())
      << "write it anew: streamer-config-docs schema > docs/config.schema.json";
}

TEST(Schema, describes_every_key_that_is_printed) {
  expect_described(json::parse(format_config(Config{}, Secrets::Shown)),
                   json::parse(supervisor::config_schema()), "");
}

TEST(FormatConfig, is_read_back_as_the_same) {
  Config config;
  config.server.listen = {"[::1]:0"};
  config.streams.emplace_back().name = "second";
  supervisor::Stream& stream = config.streams[1];
  stream.inputs[0].region = common::Region{1, 2, 300, 400};
  stream.inputs[0].display = ":7\xc3\xa4";
  stream.inputs.push_back(supervisor::input_of_type("pattern"));
  stream.video.keyframe_interval = 1.0 / 3;
  stream.hls.output_mode = 0700;
  stream.restart.restart_delay = supervisor::Milliseconds(1);
  stream.restart.strategies["crash"].max_attempts = 3;
  config.alerts.email_alerts.password = "secret";
  config.alerts.webhook_alerts.emplace_back().url = "https://hooks.example.org/KEY";
  const auto again = parse_config(format_config(config, Secrets::Shown), "c.json");
  ASSERT_TRUE(again) << testing::PrintToString(lines_of(again.error()));
  EXPECT_EQ(again->config, config);
}

TEST(FormatConfig, shows_no_secret_when_redacted) {
  Config config;
  config.alerts.email_alerts.password = "hunter2";
  config.alerts.webhook_alerts.emplace_back().url = "https://hooks.example.org/KEY";
  const std::string text = format_config(config, Secrets::Redacted);
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, Not(HasSubstr("hooks.example.org")));
  EXPECT_THAT(text, HasSubstr("\"password\": \"(secret)\""));
}

TEST(Manual, names_every_key_there_is) {
  std::vector<std::string> keys;
  collect_keys(json::parse(supervisor::config_schema()), keys);
  ASSERT_FALSE(keys.empty());
  const std::string page = supervisor::config_manual();
  for (const std::string& key : keys) EXPECT_THAT(page, HasSubstr(".It Ic \"" + key + "\"\n")) << key;
}
