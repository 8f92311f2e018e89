// What the tests of this room share: a document in, its lines of problems out.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/parse.h"

using Lines = std::vector<std::string>;

inline Lines lines_of(const std::vector<supervisor::ConfigProblem>& problems) {
  Lines lines;
  for (const auto& problem : problems) lines.push_back(supervisor::format_problem(problem));
  return lines;
}

// Errors (with the warnings among them) of a refused document; none when it is accepted.
inline Lines errors_of(std::string_view text) {
  const auto outcome = supervisor::parse_config(text, "c.json");
  return outcome ? Lines{} : lines_of(outcome.error());
}

// The configuration of a document that must be accepted.
inline supervisor::LoadedConfig accepted(std::string_view text) {
  const auto outcome = supervisor::parse_config(text, "c.json");
  EXPECT_TRUE(outcome) << testing::PrintToString(errors_of(text));
  return outcome ? *outcome : supervisor::LoadedConfig{};
}

// A document with one stream that has `keys` beside its name, in line 2.
inline std::string with_stream(const std::string& keys) {
  return "{\"streams\": [\n{\"name\": \"a\"" + (keys.empty() ? "" : ", " + keys) + "}]}";
}

// The same with keys beside "streams", in line 2.
inline std::string with_root(const std::string& keys) {
  return "{\"streams\": [{\"name\": \"a\"}],\n" + keys + "}";
}
