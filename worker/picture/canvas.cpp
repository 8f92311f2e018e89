#include "worker/picture/canvas.h"

#include <algorithm>

#include "worker/picture/convert.h"

namespace worker {
namespace {

constexpr int even(int length) {
  return (length + 1) & ~1;
}

}  // namespace

bool Canvas::fits(const Bgra& source) const {
  return (source.width & ~1) == width_ && (source.height & ~1) == height_;
}

void Canvas::reset() {
  last_.reset();
  shelf_.spoil({0, 0, width_, height_});
}

common::Result<void> Canvas::take_size(const Bgra& source) {
  source_width_ = source_height_ = 0;
  scaled_.reset();
  reset();
  if (!fits(source)) {
    auto scaler = Scaler::make(source.width, source.height, width_, height_);
    if (!scaler) return scaler.error();
    scaled_ = {std::move(*scaler), Picture::make(even(source.width), even(source.height))};
  }
  source_width_ = source.width;
  source_height_ = source.height;
  return {};
}

void Canvas::take_in(const Bgra& source, const Rectangle& area) {
  if (!scaled_) return shelf_.spoil(grow_to_even(area, width_, height_));
  const Rectangle grown = grow_to_even(area, even(source.width), even(source.height));
  const Rectangle inside = intersect(grown, {0, 0, source.width, source.height});
  convert(source, inside, *scaled_->source);
  shelf_.spoil(scaled_->scaler->reach(inside));
}

common::Result<std::shared_ptr<const Picture>> Canvas::paint(const Bgra& source,
                                                             std::span<const Rectangle> changed) {
  if (source.width != source_width_ || source.height != source_height_) {
    const auto taken = take_size(source);
    if (!taken) return taken.error();
  }
  if (last_ && std::ranges::all_of(changed, &Rectangle::empty)) return last_;
  const Rectangle everything{0, 0, source.width, source.height};
  for (const Rectangle& area : last_ ? changed : std::span(&everything, 1)) take_in(source, area);
  PictureShelf::Sheet& sheet = shelf_.take();
  if (scaled_)
    scaled_->scaler->scale(*scaled_->source, sheet.missing.rectangles(), *sheet.picture);
  else
    for (const Rectangle& area : sheet.missing.rectangles()) convert(source, area, *sheet.picture);
  last_ = shelf_.give(sheet);
  return last_;
}

}  // namespace worker
