// A window as text: the media playlist of RFC 8216bis, whole, as a delta update (EXT-X-SKIP), or classic
// (without parts, for low_latency=false and for the mirror). A pure function of its arguments; every tag that
// a player compares between reloads (TARGETDURATION, PART-TARGET, SERVER-CONTROL) depends on the settings
// alone.
#pragma once

#include <cstdint>
#include <string>

#include "supervisor/media/store.h"

namespace supervisor {

struct PlaylistSettings {
  common::TimeGrid grid;
  bool low_latency = true;
  // Unix time of slot 0 in ms: EXT-X-PROGRAM-DATE-TIME is this plus media time. Fixed for the life of the
  // process, whatever the wall clock does.
  std::int64_t wall_origin_ms = 0;
};

struct PlaylistState {
  std::uint64_t next_serial = 0;                 // of the hinted part
  std::shared_ptr<const InitSegment> next_init;  // of the hinted part; null: as the last segment
  bool ended = false;                            // EXT-X-ENDLIST
};

std::string render_playlist(const PlaylistSettings& settings, const Store& store, const PlaylistState& state);
// The delta update; the whole playlist when nothing can be skipped (an EXT-X-SKIP of zero is not written).
std::string render_delta(const PlaylistSettings& settings, const Store& store, const PlaylistState& state);
// Closed segments only, no low-latency tags.
std::string render_classic(const PlaylistSettings& settings, const Store& store, const PlaylistState& state);

// Seconds, as written: CAN-SKIP-UNTIL.
int skip_boundary_seconds(const common::TimeGrid& grid);
// RFC 3339 with milliseconds, UTC.
std::string format_date_time(std::int64_t unix_ms);

}  // namespace supervisor
