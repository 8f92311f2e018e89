// From grabs to pictures: keeps the last published picture of one source and makes the next one from the
// pixels that changed, in a picture that was published before and is not looked at any more. Equal size: the
// changed rectangles are converted into it. Another size: they are converted into a copy of the source, from
// which what they reach is scaled. One thread.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "worker/picture/picture.h"
#include "worker/picture/picture_shelf.h"
#include "worker/picture/rectangle.h"
#include "worker/picture/scale.h"

namespace worker {

class Canvas {
 public:
  // Even width and height of the output.
  Canvas(int width, int height) : width_(width), height_(height), shelf_(width, height) {}

  // The picture of `source` when only `changed` (source pixels, any edges) differ from the call before. The
  // same pointer comes back when nothing did. The first call, and the first with another size, takes the
  // whole source. Error: the source cannot be scaled to the canvas.
  common::Result<std::shared_ptr<const Picture>> paint(const Bgra& source,
                                                       std::span<const Rectangle> changed);

  // Forgets the last picture: the next is made from the whole source.
  void reset();

 private:
  // Only where its size differs from the canvas's.
  struct Scaled {
    std::unique_ptr<Scaler> scaler;
    std::shared_ptr<Picture> source;  // the last one, as I420
  };
  // The source without its odd last column and row is as large as the canvas.
  bool fits(const Bgra& source) const;
  common::Result<void> take_size(const Bgra& source);
  void take_in(const Bgra& source, const Rectangle& area);

  int width_;
  int height_;
  int source_width_ = 0;
  int source_height_ = 0;
  std::optional<Scaled> scaled_;
  PictureShelf shelf_;
  std::shared_ptr<const Picture> last_;
};

}  // namespace worker
