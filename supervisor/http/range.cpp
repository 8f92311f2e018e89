#include "supervisor/http/range.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "supervisor/http/field_text.h"

namespace supervisor {
namespace {

bool is_bytes_unit(std::string_view unit) {
  constexpr std::string_view bytes = "bytes";
  const auto same = [](char a, char b) { return (a | 0x20) == b; };
  return unit.size() == bytes.size() && std::equal(unit.begin(), unit.end(), bytes.begin(), same);
}

// Digits only; a number too large for 64 bits is the largest one, which is beyond every end.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

RangeVerdict part(std::uint64_t first, std::uint64_t length) {
  return {.kind = RangeVerdict::Kind::Part, .first = first, .length = length};
}

constexpr RangeVerdict unsatisfiable{.kind = RangeVerdict::Kind::Unsatisfiable, .first = 0, .length = 0};

RangeVerdict judge_suffix(std::string_view digits, std::uint64_t size) {
  const auto suffix = parse_position(digits);
  if (!suffix) return {};
  if (*suffix == 0 || size == 0) return unsatisfiable;
  const std::uint64_t length = std::min(*suffix, size);
  return part(size - length, length);
}

}  // namespace

RangeVerdict judge_range(std::string_view field, std::uint64_t size) {
  const std::size_t equals = field.find('=');
  if (equals == std::string_view::npos || !is_bytes_unit(trim(field.substr(0, equals)))) return {};
  const std::string_view spec = trim(field.substr(equals + 1));
  if (spec.find(',') != std::string_view::npos) return {};
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  if (dash == 0) return judge_suffix(spec.substr(1), size);
  const auto first = parse_position(spec.substr(0, dash));
  const std::string_view end = spec.substr(dash + 1);
  const auto last = end.empty() ? std::numeric_limits<std::uint64_t>::max() : parse_position(end);
  if (!first || !last || *last < *first) return {};
  if (*first >= size) return unsatisfiable;
  return part(*first, std::min(*last, size - 1) - *first + 1);
}

}  // namespace supervisor
