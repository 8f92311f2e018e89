// Decoded pictures of any size, shape of pixels, format and colour space made pictures of the canvas: aspect
// kept, black bars, turned as the sender says. Sizes and formats may change from one frame to the next. One
// thread.
#pragma once

#include <memory>

#include "common/result.h"
#include "worker/av/av_owners.h"
#include "worker/picture/picture.h"
#include "worker/picture/rectangle.h"

struct SwsContext;

namespace worker {

// What the frames themselves may leave open.
struct FrameShape {
  AVRational pixel{0, 1};  // width to height of a pixel; 0: the frame says it, or it is square
  int quarter_turns = 0;   // clockwise, 0 to 3
};

class FramePainter {
 public:
  static constexpr int side_max = 16384;

  // Even width and height of the canvas.
  FramePainter(int width, int height) : width_(width), height_(height) {}
  ~FramePainter();
  FramePainter(const FramePainter&) = delete;
  FramePainter& operator=(const FramePainter&) = delete;

  // Error, without a tag: the frame has no size that is possible, or libswscale cannot take it.
  common::Result<std::shared_ptr<const Picture>> paint(const AVFrame& frame, const FrameShape& shape);

 private:
  // The frame as wide and high as `to`, at `x`, `y` of it.
  common::Result<void> scale(const AVFrame& frame, const Rectangle& place, Picture& to);

  const int width_;
  const int height_;
  SwsContext* context_ = nullptr;
};

// The turns that make a picture stand upright, of AV_PKT_DATA_DISPLAYMATRIX; null: 0.
int quarter_turns_of(const std::uint8_t* display_matrix);

}  // namespace worker
