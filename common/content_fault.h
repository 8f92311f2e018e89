// What can be wrong with the pictures of an input that come in time. Only looked for where the operator said
// after how long it counts (frozen_after, black_after, corrupt_after of InputSettings): a still or dark scene
// is no fault by itself.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace common {

enum class ContentFault {
  Frozen,   // the same picture again and again
  Black,    // nothing to be seen
  Corrupt,  // they cannot be decoded without errors
};
inline constexpr std::size_t content_fault_count = 3;
inline constexpr std::array<std::string_view, content_fault_count> content_fault_words = {"frozen", "black",
                                                                                          "corrupt"};

inline std::string_view content_fault_word(ContentFault fault) {
  return content_fault_words[static_cast<std::size_t>(fault)];
}
inline std::optional<ContentFault> parse_content_fault(std::string_view word) {
  for (std::size_t i = 0; i < content_fault_count; ++i)
    if (content_fault_words[i] == word) return static_cast<ContentFault>(i);
  return std::nullopt;
}

// A time for each fault.
struct ContentTimes {
  std::array<std::chrono::milliseconds, content_fault_count> of{};
  std::chrono::milliseconds& operator[](ContentFault fault) { return of[static_cast<std::size_t>(fault)]; }
  std::chrono::milliseconds operator[](ContentFault fault) const {
    return of[static_cast<std::size_t>(fault)];
  }
  friend bool operator==(const ContentTimes&, const ContentTimes&) = default;
};

}  // namespace common
