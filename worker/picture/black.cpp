#include "worker/picture/black.h"

#include <algorithm>

namespace worker {

bool is_black(const Picture& picture) {
  for (int y = 0; y < picture.height(); ++y) {
    const std::uint8_t* row = picture.plane(0) + static_cast<std::ptrdiff_t>(picture.stride(0)) * y;
    if (*std::max_element(row, row + picture.width()) > black_luma_max) return false;
  }
  return true;
}

}  // namespace worker
