#include "common/time_grid.h"

#include <algorithm>
#include <cmath>

namespace common {
namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;

int pictures(double seconds, int fps) {
  return static_cast<int>(std::lround(seconds * fps));
}

}  // namespace

int TimeGrid::timescale() const {
  return 90'000 % fps == 0 ? 90'000 : fps * 1000;
}

Slot TimeGrid::slot_at(MonoTime now) const {
  const std::int64_t ns = now.time_since_epoch() / std::chrono::nanoseconds(1) - origin_ns;
  if (ns <= 0) return 0;
  // Whole seconds apart: ns * fps would leave 64 bits after a year at a high rate.
  const std::int64_t whole = ns / ns_per_second;
  const std::int64_t rest = ns % ns_per_second;
  return whole * fps + rest * fps / ns_per_second;
}

MonoTime TimeGrid::time_of(Slot slot) const {
  const std::int64_t whole = slot / fps;
  const std::int64_t rest = slot % fps;
  // Rounded up, so that slot_at(time_of(n)) is n.
  const std::int64_t ns = whole * ns_per_second + (rest * ns_per_second + fps - 1) / fps + origin_ns;
  return MonoTime(std::chrono::nanoseconds(ns));
}

Slot TimeGrid::part_end(Slot slot) const {
  Slot end = std::min<Slot>(slot + part_pictures, segment_end(slot));
  const Slot in_segment = slot % segment_pictures;
  const Slot next_key = slot - in_segment + (in_segment / key_pictures + 1) * key_pictures;
  return std::min(end, next_key);
}

TimeGrid make_time_grid(int fps, double part_seconds, double segment_seconds, double key_frame_seconds,
                        std::int64_t origin_ns) {
  TimeGrid grid;
  grid.fps = std::max(1, fps);
  grid.origin_ns = origin_ns;
  grid.segment_pictures = std::max(1, pictures(segment_seconds, grid.fps));
  grid.part_pictures = std::clamp(pictures(part_seconds, grid.fps), 1, grid.segment_pictures);
  const int wanted = std::max(1, pictures(key_frame_seconds, grid.fps));
  const int whole_parts = (wanted + grid.part_pictures - 1) / grid.part_pictures * grid.part_pictures;
  grid.key_pictures = std::min(whole_parts, grid.segment_pictures);
  return grid;
}

}  // namespace common
