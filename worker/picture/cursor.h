// The pointer on top of a grab. Grabs of X do not contain it; it is blended into the grabbed pixels for the
// time of the conversion and taken out again, so that the next comparison sees the desktop alone. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/picture/rectangle.h"

namespace worker {

// As XFixes delivers it: premultiplied ARGB, one 32-bit word a pixel.
struct CursorImage {
  int width = 0;
  int height = 0;
  int hot_x = 0;
  int hot_y = 0;
  std::vector<std::uint32_t> pixels;
};

// Blends on construction, puts the pixels back on destruction; `pixels` must outlive it.
class CursorOverlay {
 public:
  // (x, y): the hot spot, in pixels of the grab; may be outside.
  CursorOverlay(std::uint8_t* pixels, int stride, int width, int height, const CursorImage& image, int x,
                int y);
  ~CursorOverlay();
  CursorOverlay(const CursorOverlay&) = delete;
  CursorOverlay& operator=(const CursorOverlay&) = delete;

 private:
  std::uint8_t* row(int y) const;
  std::uint8_t* pixels_;
  int stride_;
  Rectangle area_;
  std::vector<std::uint8_t> saved_;
};

// The pixels of the grab that the cursor covers with its hot spot at (x, y); empty outside.
Rectangle cursor_area(const CursorImage& image, int x, int y, int width, int height);

}  // namespace worker
