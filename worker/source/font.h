// A small font of our own, 5 pixels wide, for the slate: Basic Latin, Latin-1, Latin Extended-A and the usual
// typographic signs. Our own, because a slate must come out on a machine without any font file, inside any
// sandbox; letters with marks are put together from both. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace worker {

inline constexpr int glyph_width = 5;
inline constexpr int glyph_height =
    12;  // rows 0-2 marks, 3-9 capitals (small letters 5-9), 10-11 below the line
inline constexpr int mark_height = 3;
inline constexpr int glyph_advance = 6;  // to the next letter
inline constexpr int line_advance = 13;

using Glyph = std::array<std::uint8_t, glyph_height>;

// Rows from the top, the leftmost pixel is bit 4. What the font does not have is a hollow box.
Glyph glyph(char32_t letter);

// The letters of a text; bytes that are no UTF-8 become U+FFFD, which the font does not have.
std::u32string letters_of(std::string_view utf8);

}  // namespace worker
