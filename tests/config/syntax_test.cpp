#include <chrono>

#include "tests/config/config_test.h"

using supervisor::parse_config;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ConfigSyntax, comments_of_both_kinds_and_a_byte_order_mark_are_allowed) {
  accepted("\xEF\xBB\xBF// first\n{ /* two\nlines */ \"streams\": [ {\"name\": \"a\"} ] } // last");
}

TEST(ConfigSyntax, text_that_is_not_json_names_its_line) {
  const Lines lines = errors_of("{\n\"streams\": [\n{\"name\" \"a\"}]}");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0],
              StartsWith("c.json:3: /: not valid JSON: syntax error while parsing object separator"));
}

TEST(ConfigSyntax, an_empty_file_is_an_error) {
  EXPECT_THAT(errors_of(""), ElementsAre(HasSubstr("c.json:1: /: not valid JSON: ")));
  EXPECT_THAT(errors_of("\n\n"), ElementsAre(HasSubstr("unexpected end of input")));
}

TEST(ConfigSyntax, numbers_that_are_none_are_refused) {
  for (const char* number : {"NaN", "Infinity", "-Infinity", "0x10", "01", "+1", ".5", "1.", "1e"}) {
    EXPECT_THAT(errors_of(with_stream(std::string("\"video\": {\"fps\": ") + number + "}")),
                ElementsAre(StartsWith("c.json:2: /: not valid JSON: ")))
        << number;
  }
  EXPECT_THAT(errors_of(with_stream("\"video\": {\"fps\": 1e999}")),
              ElementsAre("c.json:2: /: not valid JSON: this number is too large"));
}

TEST(ConfigSyntax, bytes_that_are_no_utf8_are_refused) {
  EXPECT_THAT(
      errors_of(
          "{\"streams\": [{\"name\": \"a\", \"inputs\": [{\"type\": \"slate\", \"text\": \"\xff\"}]}]}"),
      ElementsAre(StartsWith("c.json:1: /: not valid JSON: ")));
}

TEST(ConfigSyntax, a_key_written_twice_is_an_error_with_both_lines) {
  EXPECT_THAT(errors_of("{\"streams\": [{\"name\": \"a\",\n\"video\": {\"fps\": 30,\n\n\"fps\": 25}}]}"),
              ElementsAre("c.json:4: /streams/0/video/fps: is written twice; the first is in line 2"));
}

TEST(ConfigSyntax, a_value_after_the_end_is_an_error) {
  EXPECT_THAT(errors_of("{\"streams\": [{\"name\": \"a\"}]}\n{}"),
              ElementsAre(StartsWith("c.json:2: /: not valid JSON: ")));
}

TEST(ConfigSyntax, depth_is_bounded) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_THAT(errors_of(nested(32)), ElementsAre("c.json:1: /: is a list; allowed: an object"));
  EXPECT_THAT(errors_of(nested(33)), ElementsAre("c.json:1: /: nested more than 32 deep"));
  EXPECT_THAT(errors_of(std::string(1'000'000, '[')), ElementsAre("c.json:1: /: nested more than 32 deep"));
}

TEST(ConfigSyntax, size_is_bounded) {
  std::string text = with_root("");
  text.resize(text.size() - 3);
  text += "}";
  text.resize(supervisor::config_bytes_max, ' ');
  accepted(text);
  EXPECT_THAT(errors_of(text + " "), ElementsAre("c.json:1: /: is larger than 1048576 bytes"));
}

TEST(ConfigSyntax, the_number_of_values_is_bounded) {
  const auto list = [](std::size_t ones) {
    std::string text = "[1";
    for (std::size_t i = 1; i < ones; ++i) text += ",1";
    return text + "]";
  };
  EXPECT_THAT(errors_of(list(supervisor::config_values_max - 1)),
              ElementsAre("c.json:1: /: is a list; allowed: an object"));
  EXPECT_THAT(errors_of(list(supervisor::config_values_max)),
              ElementsAre("c.json:1: /: more than 10000 values"));
}

TEST(ConfigSyntax, a_number_at_the_end_of_a_line_belongs_to_that_line) {
  EXPECT_THAT(errors_of("{\"streams\": [\n1\n,\n2\n]}"),
              ElementsAre("c.json:2: /streams/0: is 1; allowed: an object",
                          "c.json:4: /streams/1: is 2; allowed: an object"));
}
