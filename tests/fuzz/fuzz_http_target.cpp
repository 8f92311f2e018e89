// link: supervisor_http
// Any bytes as a request target: refused, or taken apart into pieces that hold nothing ambiguous; never a
// crash.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "supervisor/http/answer.h"
#include "supervisor/http/router.h"
#include "supervisor/http/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto target = supervisor::parse_target(text);
  if (!target) return 0;
  if (target->segments.size() > supervisor::target_segments_max) std::abort();
  if (target->query.size() > supervisor::query_parameters_max) std::abort();
  for (const auto& segment : target->segments) {
    if (segment == "." || segment == "..") std::abort();
    for (const char c : segment)
      if (c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) std::abort();
  }
  for (const char* method : {"GET", "HEAD", "POST", "OPTIONS", "TRACE"}) {
    const auto verdict = supervisor::find_route(method, *target);
    if (verdict.kind == supervisor::RouteVerdict::Kind::Found && !verdict.route.stream.empty() &&
        !supervisor::is_stream_name(verdict.route.stream))
      std::abort();
  }
  (void)supervisor::parse_playlist_query(*target);
  (void)supervisor::parse_log_request(*target);
  return 0;
}
