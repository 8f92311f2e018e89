// A media playlist as a player sees it: read from its text alone, without asking those who wrote it. Pure.
// Only what the self-probe judges is kept; a text that a player could not use is an error that names the line
// and the rule.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"

namespace supervisor {

struct ViewedPart {
  std::string name;
  double seconds = 0;
  bool independent = false;
};

struct ViewedSegment {
  std::int64_t msn = 0;
  std::string name;  // empty: it is not closed yet, only its parts are there
  std::string init;  // EXT-X-MAP that applies
  double seconds = 0;
  std::vector<ViewedPart> parts;  // none: they are no longer listed
};

struct PlaylistView {
  static constexpr std::size_t segments_max = 100'000;

  std::int64_t media_sequence = 0;
  double target_seconds = 0;           // EXT-X-TARGETDURATION
  std::optional<double> part_seconds;  // PART-TARGET; nothing: not a low-latency playlist
  bool can_block = false;
  std::int64_t skipped = 0;  // segments that a delta update leaves out
  std::vector<ViewedSegment> segments;
  bool ended = false;

  // The newest closed segment that is listed; null: none.
  const ViewedSegment* newest_closed() const;
};

common::Result<PlaylistView> view_playlist(std::string_view text);

// Where in the stream something stands; a closed segment's `part` is past all its parts.
struct MediaPosition {
  std::int64_t msn = -1;
  int part = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the compiler's own zero for a pointer
  friend auto operator<=>(const MediaPosition&, const MediaPosition&) = default;
};
// The position that the next part will have.
MediaPosition next_position(const PlaylistView& view);

}  // namespace supervisor
