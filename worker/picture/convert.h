// BGRA to I420 without a change of size (libyuv), and the flat colours around it. Pure.
#pragma once

#include "worker/picture/picture.h"
#include "worker/picture/rectangle.h"

namespace worker {

// One colour as the picture stores it.
struct Yuv {
  std::uint8_t y = 16;
  std::uint8_t u = 128;
  std::uint8_t v = 128;
  friend bool operator==(const Yuv&, const Yuv&) = default;
};
inline constexpr Yuv black{};

// Of sRGB components 0..255, by the matrix of picture.h.
Yuv yuv_of(int red, int green, int blue);

// Converts `area` (even edges, or those of `source`) to the same place of `picture`. The source must contain
// it, and the picture it grown to even edges.
void convert(const Bgra& source, const Rectangle& area, Picture& picture);

// Paints `area` (even edges) of `picture`.
void fill(Picture& picture, const Rectangle& area, Yuv colour);

// Paints everything of `picture` that is not `image` (even edges) black; the second, only what of that lies
// in `area` (even edges).
void paint_around(Picture& picture, const Rectangle& image);
void paint_around(Picture& picture, const Rectangle& image, const Rectangle& area);

// Copies all pixels; both have the same size.
void copy(const Picture& from, Picture& to);

}  // namespace worker
