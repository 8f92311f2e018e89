#include "tests/worker/encode/still_text.h"

#include <cstring>

namespace tests {
namespace {

constexpr int cell_width = 8;
constexpr int cell_height = 14;
constexpr int letter_width = 5;
constexpr int letter_height = 9;

unsigned mixed(unsigned value) {
  value ^= value >> 16;
  value *= 0x7feb352du;
  value ^= value >> 15;
  value *= 0x846ca68bu;
  return value ^ value >> 16;
}

// Strokes of one pixel, as letters have: rows and columns of the cell, chosen by the letter.
bool is_ink(unsigned letter, int x, int y) {
  if (x >= letter_width || y >= letter_height) return false;
  const bool row = y % 4 == 0 && (letter >> (y / 4) & 1) != 0;
  const bool column = x % 4 == 0 && (letter >> (3 + x / 4 * 2 + (y > 4 ? 1 : 0)) & 1) != 0;
  return row || column || (letter & 0x100 && x == y / 2);
}

}  // namespace

std::shared_ptr<worker::Picture> text_picture(int width, int height, int scroll) {
  auto picture = worker::Picture::make(width, height);
  for (int plane = 1; plane < 3; ++plane)
    std::memset(picture->plane(plane), 128,
                static_cast<std::size_t>(picture->stride(plane)) * static_cast<std::size_t>(height / 2));
  for (int y = 0; y < height; ++y) {
    std::uint8_t* row = picture->plane(0) + static_cast<std::ptrdiff_t>(y) * picture->stride(0);
    const int line = (y + scroll) / cell_height;
    const int letters =
        static_cast<int>(mixed(static_cast<unsigned>(line)) % static_cast<unsigned>(width / cell_width));
    for (int x = 0; x < width; ++x) {
      const int column = x / cell_width;
      const unsigned letter = mixed(static_cast<unsigned>(line * 1009 + column));
      const bool ink = column < letters && letter % 6 != 0 &&
                       is_ink(letter >> 8, x % cell_width, (y + scroll) % cell_height);
      row[x] = ink ? 40 : 230;
    }
  }
  return picture;
}

double luma_ssim(const worker::Picture& wanted, const std::vector<std::uint8_t>& planes) {
  constexpr int side = 8;
  constexpr double area = side * side;
  constexpr double c1 = 6.5025, c2 = 58.5225;
  double sum = 0;
  int windows = 0;
  for (int top = 0; top + side <= wanted.height(); top += side / 2) {
    for (int left = 0; left + side <= wanted.width(); left += side / 2, ++windows) {
      double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
      for (int y = top; y < top + side; ++y) {
        const std::uint8_t* first = wanted.plane(0) + static_cast<std::ptrdiff_t>(y) * wanted.stride(0);
        const std::uint8_t* second = planes.data() + static_cast<std::ptrdiff_t>(y) * wanted.width();
        for (int x = left; x < left + side; ++x) {
          a += first[x];
          b += second[x];
          aa += first[x] * first[x];
          bb += second[x] * second[x];
          ab += first[x] * second[x];
        }
      }
      const double mean_a = a / area, mean_b = b / area;
      const double var_a = aa / area - mean_a * mean_a, var_b = bb / area - mean_b * mean_b;
      const double both = ab / area - mean_a * mean_b;
      sum += (2 * mean_a * mean_b + c1) * (2 * both + c2) /
             ((mean_a * mean_a + mean_b * mean_b + c1) * (var_a + var_b + c2));
    }
  }
  return sum / windows;
}

}  // namespace tests
