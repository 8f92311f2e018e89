// What a test asks of a picture.
#pragma once

#include <ostream>

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

}  // namespace test
}  // namespace worker
