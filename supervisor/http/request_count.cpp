#include "supervisor/http/request_count.h"

#include "supervisor/http/router.h"

namespace supervisor {

std::string_view request_class_name(RequestClass request_class) {
  constexpr std::array<std::string_view, request_class_count> names = {"playlist", "media", "api", "page",
                                                                       "events"};
  return names.at(static_cast<std::size_t>(request_class));
}

void RequestCount::add(const RequestCount& other) {
  for (std::size_t i = 0; i < request_class_count; ++i)
    for (const auto& [status, count] : other.counts_.at(i)) counts_.at(i)[status] += count;
}

RequestClass request_class(RouteKind kind, std::string_view target) {
  if (kind == RouteKind::Page) return RequestClass::Page;
  if (kind == RouteKind::Api) return RequestClass::Api;
  return target.substr(0, target.find('?')).ends_with(".m3u8") ? RequestClass::Playlist : RequestClass::Media;
}

}  // namespace supervisor
