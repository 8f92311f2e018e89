#include "worker/encode/macroblocks.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace worker {
namespace {

constexpr int row_step = 4;
// Of a flat macroblock, too: what it was coded with shows, and it takes some bits.
constexpr std::uint32_t least_detail = 8;

// A count known at compile time is what lets the compiler use the processor's wide registers.
std::uint32_t differences(const std::uint8_t* row, const std::uint8_t* below) {
  std::uint32_t sum = 0;
  for (int x = 0; x < Macroblocks::side - 1; ++x)
    sum += static_cast<std::uint32_t>(std::abs(row[x] - row[x + 1]));
  for (int x = 0; x < Macroblocks::side; ++x) sum += static_cast<std::uint32_t>(std::abs(row[x] - below[x]));
  return sum;
}

}  // namespace

Macroblocks::Macroblocks(int width, int height)
    : width_(width),
      height_(height),
      columns_((width + side - 1) / side),
      rows_((height + side - 1) / side),
      map_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_), changed_block),
      detail_(map_.size(), 0),
      quantizer_(map_.size(), Detail::quantizers - 1) {}

std::uint32_t Macroblocks::detail_of(const Picture& picture, int column, int row) const {
  // At the edges the block moves inwards: there is little to know of what lies beyond.
  const int x = std::clamp(column * side, 0, std::max(0, width_ - side));
  std::uint32_t sum = least_detail;
  if (width_ < side) return sum;
  for (int y = row * side; y < std::min((row + 1) * side, height_ - 1); y += row_step) {
    const std::uint8_t* line = picture.plane(0) + static_cast<std::ptrdiff_t>(y) * picture.stride(0) + x;
    sum += differences(line, line + picture.stride(0));
  }
  return sum;
}

Detail Macroblocks::look_at(const Picture& picture, const DirtyArea& changes) {
  std::ranges::fill(map_, constant_block);
  for (const Rectangle& area : changes.rectangles()) {
    const int bottom = std::min(rows_, (area.bottom() + side - 1) / side);
    const int right = std::min(columns_, (area.right() + side - 1) / side);
    for (int row = area.y / side; row < bottom; ++row) {
      for (int column = area.x / side; column < right; ++column) {
        const auto at = static_cast<std::size_t>(row * columns_ + column);
        if (std::exchange(map_[at], changed_block) == changed_block) continue;
        detail_[at] = detail_of(picture, column, row);
      }
    }
  }
  Detail detail;
  for (std::size_t at = 0; at < map_.size(); ++at) {
    double& sum = map_[at] == changed_block ? detail.changed : detail.standing[quantizer_[at]];
    sum += detail_[at];
  }
  return detail;
}

Detail Macroblocks::standing() const {
  Detail detail;
  for (std::size_t at = 0; at < map_.size(); ++at) detail.standing[quantizer_[at]] += detail_[at];
  return detail;
}

void Macroblocks::coded(int quantizer, bool key) {
  const auto now = static_cast<std::uint8_t>(quantizer);
  for (std::size_t at = 0; at < map_.size(); ++at)
    if (key || map_[at] == changed_block || quantizer_[at] > now) quantizer_[at] = now;
}

}  // namespace worker
