// A screen full of small letters for the tests, and how like it a decoded picture is.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "worker/picture/picture.h"

namespace tests {

// Dark letters on white, scrolled up by `scroll` pixels; lines of different lengths.
std::shared_ptr<worker::Picture> text_picture(int width, int height, int scroll);

// SSIM of the luma (8x8 windows, every fourth pixel): 1 is equal.
double luma_ssim(const worker::Picture& wanted, const std::vector<std::uint8_t>& planes);

}  // namespace tests
