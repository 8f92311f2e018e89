// A small font of our own: 5x7 pixels, upper case only (lower case letters take the same shapes). Pure.
#pragma once

#include <array>
#include <cstdint>

namespace worker {

inline constexpr int glyph_width = 5;
inline constexpr int glyph_height = 7;
inline constexpr int glyph_advance = 6;  // to the next letter
inline constexpr int line_advance = 10;

// Rows from the top, the leftmost pixel is bit 4. What the font does not have is a hollow box.
const std::array<std::uint8_t, glyph_height>& glyph(char letter);

}  // namespace worker
