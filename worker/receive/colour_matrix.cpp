#include "worker/receive/colour_matrix.h"

#include <algorithm>
#include <cmath>

namespace worker {
namespace {

constexpr int fraction_bits = 14;
constexpr int half = 1 << (fraction_bits - 1);
constexpr int high_definition_height = 720;

// Whole numbers of 2^-14: how the new signals are made of the old colour differences; the old luma counts 1
// in the new luma and nothing in the new differences.
struct Coefficients {
  int luma_of_cb, luma_of_cr, cb_of_cb, cb_of_cr, cr_of_cb, cr_of_cr;
};

int fixed(double value) {
  return static_cast<int>(std::lround(value * (1 << fraction_bits)));
}

Coefficients make_coefficients(const LumaWeights& from) {
  // Red, green and blue less luma, for a unit of each old colour difference (chroma full scale is 1).
  const double from_green = 1 - from.red - from.blue;
  const double red_of_cr = 2 * (1 - from.red);
  const double blue_of_cb = 2 * (1 - from.blue);
  const double green_of_cb = -blue_of_cb * from.blue / from_green;
  const double green_of_cr = -red_of_cr * from.red / from_green;
  const double to_green = 1 - bt601.red - bt601.blue;
  const double luma_of_cb = to_green * green_of_cb + bt601.blue * blue_of_cb;
  const double luma_of_cr = to_green * green_of_cr + bt601.red * red_of_cr;
  const double cb_scale = 2 * (1 - bt601.blue);
  const double cr_scale = 2 * (1 - bt601.red);
  constexpr double luma_steps = 219.0 / 224.0;  // limited range: luma has fewer steps than the differences
  return {fixed(luma_of_cb * luma_steps),
          fixed(luma_of_cr * luma_steps),
          fixed((blue_of_cb - luma_of_cb) / cb_scale),
          fixed(-luma_of_cr / cb_scale),
          fixed(-luma_of_cb / cr_scale),
          fixed((red_of_cr - luma_of_cr) / cr_scale)};
}

std::uint8_t clamped(int value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

}  // namespace

LumaWeights luma_weights(AVColorSpace space, int height) {
  switch (space) {
    case AVCOL_SPC_BT709:
      return bt709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return bt2020;
    case AVCOL_SPC_UNSPECIFIED:
    case AVCOL_SPC_RESERVED:
      return height >= high_definition_height ? bt709 : bt601;
    default:
      return bt601;
  }
}

void convert_to_bt601(Picture& picture, const Rectangle& area, const LumaWeights& from) {
  if (from == bt601) return;
  const Coefficients c = make_coefficients(from);
  const auto row_of = [&](int plane, int y) {
    return picture.plane(plane) + static_cast<std::ptrdiff_t>(picture.stride(plane)) * y;
  };
  for (int y = area.y / 2; y < area.bottom() / 2; ++y) {
    std::uint8_t* upper = row_of(0, 2 * y);
    std::uint8_t* lower = row_of(0, 2 * y + 1);
    std::uint8_t* cbs = row_of(1, y);
    std::uint8_t* crs = row_of(2, y);
    for (int x = area.x / 2; x < area.right() / 2; ++x) {
      const int cb = cbs[x] - 128;
      const int cr = crs[x] - 128;
      const int more = (c.luma_of_cb * cb + c.luma_of_cr * cr + half) >> fraction_bits;
      cbs[x] = clamped(128 + ((c.cb_of_cb * cb + c.cb_of_cr * cr + half) >> fraction_bits));
      crs[x] = clamped(128 + ((c.cr_of_cb * cb + c.cr_of_cr * cr + half) >> fraction_bits));
      for (std::uint8_t* row : {upper, lower}) {
        row[2 * x] = clamped(row[2 * x] + more);
        row[2 * x + 1] = clamped(row[2 * x + 1] + more);
      }
    }
  }
}

}  // namespace worker
