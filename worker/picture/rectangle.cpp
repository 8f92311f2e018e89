#include "worker/picture/rectangle.h"

#include <algorithm>

namespace worker {

Rectangle intersect(const Rectangle& one, const Rectangle& other) {
  const int x = std::max(one.x, other.x);
  const int y = std::max(one.y, other.y);
  const int right = std::min(one.right(), other.right());
  const int bottom = std::min(one.bottom(), other.bottom());
  if (right <= x || bottom <= y) return {};
  return {x, y, right - x, bottom - y};
}

Rectangle unite(const Rectangle& one, const Rectangle& other) {
  if (one.empty()) return other;
  if (other.empty()) return one;
  const int x = std::min(one.x, other.x);
  const int y = std::min(one.y, other.y);
  return {x, y, std::max(one.right(), other.right()) - x, std::max(one.bottom(), other.bottom()) - y};
}

Rectangle grow_to_even(const Rectangle& inner, int width, int height) {
  const Rectangle inside = intersect(inner, {0, 0, width, height});
  if (inside.empty()) return {};
  const int x = inside.x & ~1;
  const int y = inside.y & ~1;
  const int right = std::min((inside.right() + 1) & ~1, width);
  const int bottom = std::min((inside.bottom() + 1) & ~1, height);
  return {x, y, right - x, bottom - y};
}

Rectangle letterbox(int width, int height, int canvas_width, int canvas_height) {
  const std::int64_t by_width = static_cast<std::int64_t>(canvas_width) * height;
  const std::int64_t by_height = static_cast<std::int64_t>(canvas_height) * width;
  int fit_width = canvas_width;
  int fit_height = canvas_height;
  if (by_width > by_height) fit_width = static_cast<int>((by_height + height / 2) / height);
  if (by_width < by_height) fit_height = static_cast<int>((by_width + width / 2) / width);
  fit_width = std::clamp((fit_width + 1) & ~1, 2, canvas_width);
  fit_height = std::clamp((fit_height + 1) & ~1, 2, canvas_height);
  const int x = ((canvas_width - fit_width) / 2) & ~1;
  const int y = ((canvas_height - fit_height) / 2) & ~1;
  return {x, y, fit_width, fit_height};
}

}  // namespace worker
