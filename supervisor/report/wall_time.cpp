#include "supervisor/report/wall_time.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace supervisor {
namespace {

// Takes `digits` decimal digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

struct Fields {
  std::array<int, 6> value{};  // year month day hour minute second
};
// What fits into 64 bits of nanoseconds since 1970, with a year to spare on both sides for the offset.
constexpr int year_min = 1679;
constexpr int year_max = 2260;

std::optional<Fields> take_fields(std::string_view& text) {
  constexpr std::array<std::size_t, 6> digits = {4, 2, 2, 2, 2, 2};
  constexpr std::array<char, 6> before = {0, '-', '-', 'T', ':', ':'};
  Fields fields;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (before[i] != 0 && !take(text, before[i])) return std::nullopt;
    const auto value = take_number(text, digits[i]);
    if (!value) return std::nullopt;
    fields.value[i] = *value;
  }
  return fields;
}

// ".5" -> 500 ms; digits after the third say nothing here.
std::optional<std::chrono::milliseconds> take_fraction(std::string_view& text) {
  std::chrono::milliseconds fraction{0};
  if (!take(text, '.')) return fraction;
  int weight = 100;
  bool any = false;
  while (const auto digit = take_number(text, 1)) {
    fraction += std::chrono::milliseconds(*digit * weight);
    weight /= 10;
    any = true;
  }
  return any ? std::optional(fraction) : std::nullopt;
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take(text, 'Z')) return std::chrono::minutes(0);
  const bool west = !text.empty() && text.front() == '-';
  if (!west && (text.empty() || text.front() != '+')) return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take_number(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto offset = std::chrono::minutes(*hours * 60 + *minutes);
  return west ? -offset : offset;
}

}  // namespace

std::string format_rfc3339(WallTime time) {
  using namespace std::chrono;
  const auto since_epoch = time.time_since_epoch();
  const auto whole = floor<seconds>(since_epoch);
  const auto milli = duration_cast<milliseconds>(since_epoch - whole).count();
  const std::time_t clock = static_cast<std::time_t>(whole.count());
  std::tm utc{};
  gmtime_r(&clock, &utc);
  std::array<char, 32> date{};
  const std::size_t length = std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(milli));
  return std::string(date.data(), length) + fraction.data();
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto fields = take_fields(text);
  if (!fields) return std::nullopt;
  const auto fraction = take_fraction(text);
  const auto offset = fraction ? take_offset(text) : std::nullopt;
  if (!offset || !text.empty()) return std::nullopt;
  const auto& [y, mo, d, h, mi, s] = fields->value;
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (y < year_min || y > year_max || !date.ok() || h > 23 || mi > 59 || s > 60) return std::nullopt;
  return sys_days(date) + hours(h) + minutes(mi) + seconds(s) + *fraction - *offset;
}

}  // namespace supervisor
