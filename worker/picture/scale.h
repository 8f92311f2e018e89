// I420 of any size to I420 of the canvas (libswscale): aspect kept, black bars, even edges. What changed in
// the source is scaled alone, and the picture is then, pixel for pixel, what scaling the whole would make.
// One object for one pair of sizes; not needed where source and canvas are equal.
#pragma once

#include <memory>
#include <span>

#include "common/result.h"
#include "worker/picture/picture.h"
#include "worker/picture/rectangle.h"

struct SwsContext;

namespace worker {

class Scaler {
 public:
  // Any sizes of the source, odd ones too. Error: libswscale refuses these sizes.
  static common::Result<std::unique_ptr<Scaler>> make(int source_width, int source_height, int canvas_width,
                                                      int canvas_height);
  ~Scaler();
  Scaler(const Scaler&) = delete;
  Scaler& operator=(const Scaler&) = delete;

  // Where the canvas may differ when the source does in `area`: even edges; empty when `area` is.
  Rectangle reach(const Rectangle& area) const;
  // Paints `areas` of the canvas, bars and image, and may paint more, all of it as it has to be. source: of
  // the source's size, rounded up to even.
  void scale(const Picture& source, std::span<const Rectangle> areas, Picture& picture) const;
  // Where the image lies on the canvas.
  const Rectangle& image() const { return image_; }

 private:
  Scaler(int source_width, int source_height, const Rectangle& image)
      : source_width_(source_width), source_height_(source_height), image_(image) {}
  SwsContext* contexts_[2] = {};  // luma, colour
  int source_width_;
  int source_height_;
  Rectangle image_;
};

}  // namespace worker
