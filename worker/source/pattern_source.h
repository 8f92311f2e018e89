// The test card: colour bars, a moving block, and the number of the slot written so that a test can read it
// back from the decoded stream. No X server needed; every slot has another picture.
//
// The number is a row of 32 cells over the full width, black (0) or white (1), most significant bit first:
// cell i spans x = [i * W / 32, (i + 1) * W / 32), y = [H * 3 / 4, H * 7 / 8). Read the middle of each cell.
#pragma once

#include <cstdint>
#include <optional>

#include "worker/picture/picture.h"
#include "worker/source/source.h"

namespace worker {

inline constexpr int slot_cells = 32;
inline constexpr int bar_count =
    8;  // white yellow cyan green magenta red blue black, left to right, above the cells

std::unique_ptr<Source> make_pattern_source(const CanvasSize& canvas);

// The number read back from a luma plane; nothing when a cell is neither black nor white.
std::optional<std::uint32_t> read_slot(const std::uint8_t* luma, int stride, int width, int height);

}  // namespace worker
