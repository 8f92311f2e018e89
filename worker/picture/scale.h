// BGRA of any size to I420 of the canvas in one go (libswscale): aspect kept, black bars, even edges. One
// object for one pair of sizes; not needed, and refused, where source and canvas are equal (convert.h is then
// the way).
#pragma once

#include <memory>

#include "common/result.h"
#include "worker/picture/picture.h"
#include "worker/picture/rectangle.h"

struct SwsContext;

namespace worker {

class Scaler {
 public:
  // Error: libswscale refuses these sizes.
  static common::Result<std::unique_ptr<Scaler>> make(int source_width, int source_height, int canvas_width,
                                                      int canvas_height);
  ~Scaler();
  Scaler(const Scaler&) = delete;
  Scaler& operator=(const Scaler&) = delete;

  // Paints the whole picture: bars and image.
  void scale(const Bgra& source, Picture& picture) const;
  // Where the image lies on the canvas.
  const Rectangle& image() const { return image_; }

 private:
  Scaler(SwsContext* context, const Rectangle& image) : context_(context), image_(image) {}
  SwsContext* context_;
  Rectangle image_;
};

}  // namespace worker
