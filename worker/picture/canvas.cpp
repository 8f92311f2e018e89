#include "worker/picture/canvas.h"

#include <algorithm>

#include "worker/picture/convert.h"

namespace worker {

bool Canvas::fits(const Bgra& source) const {
  return (source.width & ~1) == width_ && (source.height & ~1) == height_;
}

void Canvas::reset() {
  last_.reset();
  shelf_.spoil({0, 0, width_, height_});
}

common::Result<std::shared_ptr<const Picture>> Canvas::scaled(const Bgra& source) {
  if (!scaler_) {
    auto made = Scaler::make(source.width, source.height, width_, height_);
    if (!made) return made.error();
    scaler_ = std::move(*made);
  }
  PictureShelf::Sheet& sheet = shelf_.take();
  scaler_->scale(source, *sheet.picture);
  last_ = shelf_.give(sheet);
  return last_;
}

common::Result<std::shared_ptr<const Picture>> Canvas::paint(const Bgra& source,
                                                             std::span<const Rectangle> changed) {
  if (source.width != source_width_ || source.height != source_height_) {
    source_width_ = source.width;
    source_height_ = source.height;
    scaler_.reset();
    reset();
  }
  const bool nothing = std::all_of(changed.begin(), changed.end(), [](const auto& r) { return r.empty(); });
  if (last_ && nothing) return last_;
  if (!fits(source)) return scaled(source);

  for (const Rectangle& area : changed) shelf_.spoil(grow_to_even(area, width_, height_));
  PictureShelf::Sheet& sheet = shelf_.take();
  for (const Rectangle& area : sheet.missing.rectangles()) convert(source, area, *sheet.picture);
  last_ = shelf_.give(sheet);
  return last_;
}

}  // namespace worker
