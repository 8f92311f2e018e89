// What a window says to a player: the rules of blocking reload (RFC 8216bis 6.2.5.2) and what a name stands
// for. Pure; of the stream itself (published_stream.h) and of what it was at one moment.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "supervisor/media/live_stream.h"
#include "supervisor/media/playlist.h"
#include "supervisor/media/store.h"

namespace supervisor {

// The store outlives it.
struct WindowView {
  PlaylistSettings settings;
  const Store& store;
  PlaylistState state;
};

inline constexpr std::chrono::milliseconds first_part_wait{5000};
inline constexpr int msn_ahead_max = 2;  // a request further ahead is answered 400

ReloadVerdict judge_reload(const WindowView& view, const PlaylistQuery& query);
MediaLookup find_media(const WindowView& view, std::string_view name);

// `store` is copied: bodies are shared, and of a segment that is still open only what its parts name is used.
std::shared_ptr<const LiveSnapshot> make_snapshot(const WindowView& view, std::uint64_t version);

}  // namespace supervisor
