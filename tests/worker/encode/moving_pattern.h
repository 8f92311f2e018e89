// Pictures with content for the tests: a gradient with texture and text-like blocks, and a box that moves
// with the picture's number, so that neighbouring pictures differ and P pictures hold more than skipped
// macroblocks.
#pragma once

#include <cstdint>
#include <memory>

#include "worker/picture/picture.h"

namespace tests {

inline std::shared_ptr<worker::Picture> moving_pattern(int width, int height, int number) {
  auto picture = worker::Picture::make(width, height);
  for (int plane = 0; plane < 3; ++plane) {
    const int w = plane == 0 ? width : width / 2;
    const int h = plane == 0 ? height : height / 2;
    const int box_x = number * 8 % w;
    const int box_y = number * 4 % h;
    for (int y = 0; y < h; ++y) {
      std::uint8_t* row = picture->plane(plane) + static_cast<std::ptrdiff_t>(y) * picture->stride(plane);
      for (int x = 0; x < w; ++x) {
        const bool box = x >= box_x && x < box_x + w / 6 && y >= box_y && y < box_y + h / 6;
        const unsigned texture =
            (static_cast<unsigned>(x) * 2654435761u ^ static_cast<unsigned>(y) * 40503u) >> 28;
        const int grey = 40 + x * 120 / w + static_cast<int>(texture) + ((x / 6 + y / 10) % 5 == 0 ? 40 : 0);
        row[x] = static_cast<std::uint8_t>(box ? 200 - (x * number) % 60 : grey);
      }
    }
  }
  return picture;
}

}  // namespace tests
