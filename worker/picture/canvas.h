// From grabs to pictures: keeps the last published picture of one source and makes the next one from the
// pixels that changed. Equal size: only the changed rectangles are converted, into a picture that was
// published before and is not looked at any more. Another size: the whole grab is scaled. One thread.
#pragma once

#include <memory>
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
  common::Result<std::shared_ptr<const Picture>> scaled(const Bgra& source);
  // The source without its odd last column and row is as large as the canvas.
  bool fits(const Bgra& source) const;

  int width_;
  int height_;
  int source_width_ = 0;
  int source_height_ = 0;
  std::unique_ptr<Scaler> scaler_;
  PictureShelf shelf_;
  std::shared_ptr<const Picture> last_;
};

}  // namespace worker
