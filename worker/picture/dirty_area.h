// Where a picture changed, as a few rectangles: those that lie so close together that one larger costs less
// than two are joined. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "worker/picture/rectangle.h"

namespace worker {

class DirtyArea {
 public:
  static constexpr std::size_t rectangles_max = 8;
  // Pixels that a joined rectangle may have in addition: asking the X server for one more rectangle costs as
  // much (about 3.5 us) as grabbing, comparing and copying these (about 0.85 ns each). By `capture_cost
  // pieces`.
  static constexpr std::int64_t waste_max = 4096;

  // An empty rectangle counts for nothing.
  void add(const Rectangle& more);
  void add(const DirtyArea& more);
  void clear() { rectangles_.clear(); }

  bool empty() const { return rectangles_.empty(); }
  // At most rectangles_max, which may overlap a little.
  std::span<const Rectangle> rectangles() const { return rectangles_; }
  Rectangle bounds() const;
  std::int64_t pixels() const;
  bool meets(const Rectangle& other) const;

 private:
  std::vector<Rectangle> rectangles_;
};

}  // namespace worker
