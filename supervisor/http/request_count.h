// Counts answers by class and status, for metrics: cheap enough for every request. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

namespace supervisor {

enum class RouteKind;  // router.h

enum class RequestClass { Playlist, Media, Api, Page, Events };
inline constexpr std::size_t request_class_count = static_cast<std::size_t>(RequestClass::Events) + 1;

std::string_view request_class_name(RequestClass request_class);  // "playlist"

// `target` as sent: media whose path ends in .m3u8 is a playlist.
RequestClass request_class(RouteKind kind, std::string_view target);

class RequestCount {
 public:
  using ByStatus = std::map<int, std::uint64_t>;

  void add(RequestClass request_class, int status) {
    ++counts_.at(static_cast<std::size_t>(request_class))[status];
  }
  void add(const RequestCount& other);
  const ByStatus& of(RequestClass request_class) const {
    return counts_.at(static_cast<std::size_t>(request_class));
  }

 private:
  std::array<ByStatus, request_class_count> counts_;
};

}  // namespace supervisor
