// Letters of the font painted at any size, as smooth strokes. Pure.
#pragma once

#include <cstdint>

#include "worker/picture/picture.h"
#include "worker/source/font.h"

namespace worker {

// Paints one letter in a grey of brightness `luma` over what is there. left, top: of its cell, in pixels, may
// be outside; dot: pixels of one dot of the font, at least 1.
void paint_letter(Picture& picture, const Glyph& glyph, double left, double top, double dot,
                  std::uint8_t luma);

}  // namespace worker
