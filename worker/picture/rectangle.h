// Rectangles in whole pixels and the BGRA memory they lie in. Pure.
#pragma once

#include <cstdint>

namespace worker {

struct Rectangle {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  bool empty() const { return width <= 0 || height <= 0; }
  int right() const { return x + width; }
  int bottom() const { return y + height; }
  std::int64_t pixels() const { return empty() ? 0 : static_cast<std::int64_t>(width) * height; }
  Rectangle moved(int right, int down) const { return {x + right, y + down, width, height}; }
  friend bool operator==(const Rectangle&, const Rectangle&) = default;
};

// What both cover; empty when they do not meet.
Rectangle intersect(const Rectangle& one, const Rectangle& other);

// The smallest rectangle around both; an empty one counts for nothing.
Rectangle unite(const Rectangle& one, const Rectangle& other);

// The smallest rectangle of even edges around `inner`, inside width x height (even themselves).
Rectangle grow_to_even(const Rectangle& inner, int width, int height);

// Where a source of `width` x `height` lies on the canvas: as large as fits, aspect kept, centred, even
// edges.
Rectangle letterbox(int width, int height, int canvas_width, int canvas_height);

// Someone else's pixels: 4 bytes each, blue first (BGRX or BGRA memory, libyuv's "ARGB").
struct Bgra {
  const std::uint8_t* pixels = nullptr;
  int stride = 0;  // bytes a row
  int width = 0;
  int height = 0;
  const std::uint8_t* row(int y) const { return pixels + static_cast<std::int64_t>(stride) * y; }
  // `area` must lie inside.
  Bgra part(const Rectangle& area) const {
    return {row(area.y) + static_cast<std::int64_t>(area.x) * 4, stride, area.width, area.height};
  }
};

}  // namespace worker
