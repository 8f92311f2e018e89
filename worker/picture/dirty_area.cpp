#include "worker/picture/dirty_area.h"

#include <algorithm>
#include <numeric>

namespace worker {

void DirtyArea::add(const Rectangle& more) {
  if (more.empty()) return;
  Rectangle joined = more;
  // What was joined may have come close to others.
  while (!rectangles_.empty()) {
    const auto waste = [&](const Rectangle& other) {
      return unite(other, joined).pixels() - other.pixels() - joined.pixels();
    };
    const auto nearest = std::ranges::min_element(rectangles_, {}, waste);
    if (waste(*nearest) > waste_max && rectangles_.size() < rectangles_max) break;
    joined = unite(*nearest, joined);
    rectangles_.erase(nearest);
  }
  rectangles_.push_back(joined);
}

void DirtyArea::add(const DirtyArea& more) {
  for (const Rectangle& rectangle : more.rectangles_) add(rectangle);
}

Rectangle DirtyArea::bounds() const {
  return std::accumulate(rectangles_.begin(), rectangles_.end(), Rectangle{}, unite);
}

std::int64_t DirtyArea::pixels() const {
  return std::transform_reduce(rectangles_.begin(), rectangles_.end(), std::int64_t{0}, std::plus<>(),
                               [](const Rectangle& one) { return one.pixels(); });
}

bool DirtyArea::meets(const Rectangle& other) const {
  return std::ranges::any_of(rectangles_,
                             [&](const Rectangle& one) { return !intersect(one, other).empty(); });
}

}  // namespace worker
