#include "worker/source/lettering.h"

#include <algorithm>
#include <cmath>

namespace worker {
namespace {

constexpr std::uint8_t grey = 128;

std::uint8_t mix(std::uint8_t from, std::uint8_t to, double share) {
  return static_cast<std::uint8_t>(std::lround(from + (to - from) * share));
}

// Ink between 0 and 1 on one pixel. Chroma has half the resolution: one pixel in four decides it.
void ink(Picture& picture, int x, int y, std::uint8_t luma, double share) {
  std::uint8_t& pixel = picture.plane(0)[static_cast<std::ptrdiff_t>(picture.stride(0)) * y + x];
  pixel = mix(pixel, luma, share);
  if (((x | y) & 1) != 0) return;
  for (const int plane : {1, 2}) {
    std::uint8_t& chroma =
        picture.plane(plane)[static_cast<std::ptrdiff_t>(picture.stride(plane)) * (y / 2) + x / 2];
    chroma = mix(chroma, grey, share);
  }
}

// One letter, its dots joined to smooth strokes: ink is where the dots, blended between their centres, are
// more than `edge`. `left` and `top` in pixels.
class LetterPainter {
 public:
  LetterPainter(Picture& picture, double dot, std::uint8_t luma)
      : picture_(picture), dot_(dot), luma_(luma) {}

  void paint(const Glyph& glyph, double left, double top) const {
    for (int row = -1; row < glyph_height; ++row)
      for (int column = -1; column < glyph_width; ++column) {
        const Corners corners{is_set(glyph, column, row), is_set(glyph, column + 1, row),
                              is_set(glyph, column, row + 1), is_set(glyph, column + 1, row + 1)};
        if (corners.any()) paint_cell(corners, left + (column + 0.5) * dot_, top + (row + 0.5) * dot_);
      }
  }

 private:
  // Of the square between four centres of dots.
  struct Corners {
    double left_top, right_top, left_bottom, right_bottom;
    bool any() const { return left_top + right_top + left_bottom + right_bottom > 0; }
    double at(double x, double y) const {
      return (left_top * (1 - x) + right_top * x) * (1 - y) + (left_bottom * (1 - x) + right_bottom * x) * y;
    }
  };

  static double is_set(const Glyph& glyph, int column, int row) {
    if (row < 0 || row >= glyph_height || column < 0 || column >= glyph_width) return 0;
    return (glyph[static_cast<std::size_t>(row)] >> (glyph_width - 1 - column)) & 1;
  }

  void paint_cell(const Corners& corners, double left, double top) const {
    // Below a half, so that dots that only touch at a corner are joined.
    constexpr double edge = 0.42;
    const double softness = 0.5 / dot_;
    const int right = std::min(picture_.width(), pixel_at(left + dot_));
    const int bottom = std::min(picture_.height(), pixel_at(top + dot_));
    for (int y = std::max(0, pixel_at(top)); y < bottom; ++y)
      for (int x = std::max(0, pixel_at(left)); x < right; ++x) {
        const double value = corners.at((x + 0.5 - left) / dot_, (y + 0.5 - top) / dot_);
        const double share = std::clamp((value - edge) / (2 * softness) + 0.5, 0.0, 1.0);
        if (share > 0) ink(picture_, x, y, luma_, share);
      }
  }
  // The first pixel whose middle lies at or after the place.
  static int pixel_at(double place) { return static_cast<int>(std::ceil(place - 0.5)); }

  Picture& picture_;
  double dot_;
  std::uint8_t luma_;
};

}  // namespace

void paint_letter(Picture& picture, const Glyph& glyph, double left, double top, double dot,
                  std::uint8_t luma) {
  LetterPainter(picture, dot, luma).paint(glyph, left, top);
}

}  // namespace worker
