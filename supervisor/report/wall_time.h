// Times for people and for JSON: RFC 3339 in UTC with milliseconds, "2026-03-01T12:00:00.000Z". Pure: the
// wall clock is an argument, and only ever shown; no decision is taken on it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace supervisor {

using WallTime = std::chrono::system_clock::time_point;

std::string format_rfc3339(WallTime time);

// Accepts "2026-03-01T12:00:00Z" with any fraction and any offset ("+01:00"); nothing when the text is no
// such time, or a year outside 1679 to 2260 (WallTime counts nanoseconds in 64 bits).
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace supervisor
