#include "worker/picture/cursor.h"

#include <algorithm>
#include <cstring>

namespace worker {
namespace {

constexpr int bytes_per_pixel = 4;

// Premultiplied: what the cursor adds, and how much of the desktop stays.
void blend(std::uint8_t* pixel, std::uint32_t argb) {
  const unsigned stays = 255 - (argb >> 24);
  for (int channel = 0; channel < 3; ++channel) {
    const unsigned added = (argb >> (8 * channel)) & 0xff;
    const unsigned kept = (pixel[channel] * stays + 127) / 255;
    pixel[channel] = static_cast<std::uint8_t>(std::min(255u, added + kept));
  }
}

}  // namespace

Rectangle cursor_area(const CursorImage& image, int x, int y, int width, int height) {
  return intersect({x - image.hot_x, y - image.hot_y, image.width, image.height}, {0, 0, width, height});
}

std::uint8_t* CursorOverlay::row(int y) const {
  return pixels_ + static_cast<std::ptrdiff_t>(stride_) * (area_.y + y) + area_.x * bytes_per_pixel;
}

CursorOverlay::CursorOverlay(std::uint8_t* pixels, int stride, int width, int height,
                             const CursorImage& image, int x, int y)
    : pixels_(pixels), stride_(stride), area_(cursor_area(image, x, y, width, height)) {
  if (area_.empty()) return;
  const std::size_t row_bytes = static_cast<std::size_t>(area_.width) * bytes_per_pixel;
  saved_.resize(row_bytes * static_cast<std::size_t>(area_.height));
  const int from_x = area_.x - (x - image.hot_x);
  const int from_y = area_.y - (y - image.hot_y);
  for (int line = 0; line < area_.height; ++line) {
    std::uint8_t* pixel = row(line);
    std::memcpy(saved_.data() + row_bytes * static_cast<std::size_t>(line), pixel, row_bytes);
    const std::uint32_t* argb =
        image.pixels.data() + static_cast<std::ptrdiff_t>(from_y + line) * image.width + from_x;
    for (int column = 0; column < area_.width; ++column)
      blend(pixel + column * bytes_per_pixel, argb[column]);
  }
}

CursorOverlay::~CursorOverlay() {
  const std::size_t row_bytes = static_cast<std::size_t>(area_.width) * bytes_per_pixel;
  if (saved_.empty()) return;
  for (int line = 0; line < area_.height; ++line)
    std::memcpy(row(line), saved_.data() + row_bytes * static_cast<std::size_t>(line), row_bytes);
}

}  // namespace worker
