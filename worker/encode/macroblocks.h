// A picture as the encoder sees it: which macroblocks changed, and how much there is to code in them. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "worker/encode/detail.h"
#include "worker/picture/picture.h"

namespace worker {

class Macroblocks {
 public:
  static constexpr int side = 16;  // pixels of luma
  // What the map holds.
  static constexpr std::uint8_t changed_block = 0, constant_block = 1;  // X264_MBINFO_CONSTANT

  Macroblocks(int width, int height);

  // A picture that differs from the one last coded in `changes` at most.
  Detail look_at(const Picture& picture, const DirtyArea& changes);
  // It was coded with this quantizer: all of it (a key frame), or what changed and what was coarser.
  void coded(int quantizer, bool key);
  // When nothing changes after the picture last coded.
  Detail standing() const;
  // One for each macroblock, row by row, as of the last picture.
  std::span<std::uint8_t> map() { return map_; }

 private:
  std::uint32_t detail_of(const Picture& picture, int column, int row) const;

  int width_, height_;  // pixels
  int columns_, rows_;
  std::vector<std::uint8_t> map_;
  std::vector<std::uint32_t> detail_;
  std::vector<std::uint8_t> quantizer_;  // that each was coded with
};

}  // namespace worker
