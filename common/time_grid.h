// The shared timeline of a stream, as a grid of picture slots. Slot n covers [n/fps, (n+1)/fps) seconds after
// `origin` on CLOCK_MONOTONIC, so supervisor, active worker, its successor and a standby agree on the time of
// every picture, and cut at the same places, without talking. Pure; no clock inside.
//
// Units: a slot is a picture number; a pts is slot * ticks_per_picture() in the track's timescale.
// Segments end on multiples of segment_pictures (an early close may start one between, timeline.md);
// parts are counted from where they start and never cross the end of the segment.
#pragma once

#include <chrono>
#include <cstdint>

namespace common {

using MonoTime = std::chrono::steady_clock::time_point;  // CLOCK_MONOTONIC on Linux
using Slot = std::int64_t;

struct TimeGrid {
  int fps = 30;
  int part_pictures = 6;
  int segment_pictures = 60;
  int key_pictures = 60;       // distance of key frames inside a segment; a segment always starts with one
  std::int64_t origin_ns = 0;  // CLOCK_MONOTONIC at slot 0

  // Ticks a second of the media track; every picture lasts a whole number of ticks.
  int timescale() const;
  int ticks_per_picture() const { return timescale() / fps; }
  std::int64_t pts(Slot slot) const { return slot * ticks_per_picture(); }
  // The slot of a pts; a pts between two slots belongs to the earlier one.
  Slot slot(std::int64_t pts) const { return pts / ticks_per_picture(); }

  // The slot that is running at `now`; times before the origin are slot 0.
  Slot slot_at(MonoTime now) const;
  // When `slot` begins.
  MonoTime time_of(Slot slot) const;

  // End of the segment (exclusive slot) that contains `slot`.
  Slot segment_end(Slot slot) const { return (slot / segment_pictures + 1) * segment_pictures; }
  bool starts_segment(Slot slot) const { return slot % segment_pictures == 0; }
  // A key frame is due at `slot`.
  bool wants_key_frame(Slot slot) const { return slot % segment_pictures % key_pictures == 0; }
  // End of the part (exclusive slot) that starts at `slot`.
  Slot part_end(Slot slot) const;

  double seconds(std::int64_t pictures) const { return static_cast<double>(pictures) / fps; }
  double part_target_seconds() const { return seconds(part_pictures); }
  double segment_seconds() const { return seconds(segment_pictures); }
  // EXT-X-TARGETDURATION: no segment is longer, rounded to the nearest second (RFC 8216bis 4.4.3.1).
  int target_duration_seconds() const { return (segment_pictures + fps - 1) / fps; }
};

// The grid for the operator's settings (seconds, rounded to whole pictures; at least one picture a part and a
// part a segment). Key frames inside a segment stand at part boundaries, so that a part is wholly
// independent.
TimeGrid make_time_grid(int fps, double part_seconds, double segment_seconds, double key_frame_seconds,
                        std::int64_t origin_ns = 0);

}  // namespace common
