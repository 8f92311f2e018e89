// Pictures of one size that are painted again and again, so that a small change costs a small conversion and
// no copy: what was given away comes back when nobody looks at it any more, and is then brought up to date
// where it differs. Each picture knows where it differs from those before it. One thread; what is given away
// may be read and dropped by any.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "worker/picture/dirty_area.h"
#include "worker/picture/picture.h"

namespace worker {

class PictureShelf {
 public:
  // One for the next picture, and those that may be on air, in the slate's background and in a snapshot.
  static constexpr std::size_t sheets_max = 4;

  PictureShelf(int width, int height) : width_(width), height_(height) {}

  // Every picture until now is out of date there, by even rectangles.
  void spoil(const Rectangle& area);
  // The one that needs the least painting, with where it needs it: nobody else holds it until give().
  struct Sheet {
    std::shared_ptr<Picture> picture;
    DirtyArea missing;
    std::shared_ptr<std::atomic<bool>> out;  // somebody may be looking at it
  };
  Sheet& take();
  // Publishes what was just taken, and is now painted everywhere.
  std::shared_ptr<const Picture> give(Sheet& sheet);

 private:
  Rectangle everything() const { return {0, 0, width_, height_}; }

  int width_;
  int height_;
  std::vector<Sheet> sheets_;
  DirtyArea changes_;  // since the last one was given
  ChangeHistory history_;
};

}  // namespace worker
