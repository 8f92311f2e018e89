// What a test asks of a picture.
#pragma once

#include <algorithm>
#include <cstring>
#include <ostream>
#include <string>

#include "worker/picture/convert.h"
#include "worker/picture/picture.h"

namespace worker {

inline std::ostream& operator<<(std::ostream& out, const Yuv& colour) {
  return out << "(" << int(colour.y) << " " << int(colour.u) << " " << int(colour.v) << ")";
}

namespace test {

// The colour at one pixel, of even x and y.
inline Yuv pixel(const Picture& picture, int x, int y) {
  return {picture.plane(0)[picture.stride(0) * y + x], picture.plane(1)[picture.stride(1) * (y / 2) + x / 2],
          picture.plane(2)[picture.stride(2) * (y / 2) + x / 2]};
}

inline bool near(const Yuv& one, const Yuv& other, int tolerance = 2) {
  const auto close = [&](int a, int b) { return a - b <= tolerance && b - a <= tolerance; };
  return close(one.y, other.y) && close(one.u, other.u) && close(one.v, other.v);
}

// The first byte that differs, as text; empty: none does.
inline std::string difference(const Picture& one, const Picture& other) {
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane == 0 ? 0 : 1;
    for (int y = 0; y < one.height() >> shift; ++y) {
      const auto* a = one.plane(plane) + one.stride(plane) * y;
      const auto* b = other.plane(plane) + other.stride(plane) * y;
      const int width = one.width() >> shift;
      if (std::memcmp(a, b, static_cast<std::size_t>(width)) == 0) continue;
      const auto x = std::mismatch(a, a + width, b).first - a;
      return "plane " + std::to_string(plane) + " at " + std::to_string(x) + "," + std::to_string(y) + ": " +
             std::to_string(a[x]) + " instead of " + std::to_string(b[x]);
    }
  }
  return {};
}

}  // namespace test
}  // namespace worker
