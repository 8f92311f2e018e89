// A request target taken apart (RFC 9112 3.2): path segments and query parameters, decoded once and bounded.
// Pure. Nothing ambiguous passes: dot segments, empty segments, control bytes, and escapes of `.`, `/`, `\`,
// `%` and NUL are refused, whatever they would stand for (fault N08). Files are never looked up by path, so
// this is a second wall.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/result.h"

namespace supervisor {

inline constexpr std::size_t target_segments_max = 8;
inline constexpr std::size_t query_parameters_max = 16;
inline constexpr std::size_t query_value_bytes_max = 256;

struct Target {
  std::string authority;              // of the absolute form ("http://host/path"), else empty
  std::vector<std::string> segments;  // "/" has none; "/a/" ends with an empty one
  std::vector<std::pair<std::string, std::string>> query;

  // The value of a parameter; the first one when it is repeated.
  std::optional<std::string_view> parameter(std::string_view name) const;
  bool repeats(std::string_view name) const;
};

// The error says what in the target is not allowed; the answer is 400.
common::Result<Target> parse_target(std::string_view text);

}  // namespace supervisor
