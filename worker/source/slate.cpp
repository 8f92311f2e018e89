#include <algorithm>

#include "worker/picture/convert.h"
#include "worker/source/font.h"
#include "worker/source/input_set.h"

namespace worker {
namespace {

constexpr int columns_max = 52;  // longer lines are broken at blanks
constexpr std::size_t lines_max = 14;
constexpr int columns_shown = 56;  // the width of the canvas in letters: sets the size of the text
constexpr int rows_shown = 16;

// Breaks one line at blanks; a word that is too long is cut.
void break_line(std::string text, std::vector<std::string>& lines) {
  while (text.size() > columns_max) {
    std::size_t at = text.rfind(' ', columns_max);
    if (at == std::string::npos || at == 0) at = columns_max;
    lines.push_back(text.substr(0, at));
    text.erase(0, text[at] == ' ' ? at + 1 : at);
  }
  lines.push_back(text);
}

// Pixels of one dot of a letter, even because colour has half the resolution.
int dot_size(int width, int height) {
  const int by_width = width / (columns_shown * glyph_advance);
  const int by_height = height / (rows_shown * line_advance);
  return std::max(1, std::min(by_width, by_height));
}

void paint_dot(Picture& picture, int x, int y, int size, std::uint8_t luma) {
  const Rectangle dot = intersect({x, y, size, size}, {0, 0, picture.width(), picture.height()});
  for (int row = dot.y; row < dot.bottom(); ++row) {
    std::uint8_t* line = picture.plane(0) + static_cast<std::ptrdiff_t>(picture.stride(0)) * row;
    std::fill(line + dot.x, line + dot.right(), luma);
  }
}

void paint_line(Picture& picture, const std::string& text, int top, int dot, std::uint8_t luma) {
  const int left = (picture.width() - static_cast<int>(text.size()) * glyph_advance * dot) / 2;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto& rows = glyph(text[i]);
    for (int bit = 0; bit < glyph_width * glyph_height; ++bit) {
      const int column = bit % glyph_width;
      const int row = bit / glyph_width;
      if (((rows[static_cast<std::size_t>(row)] >> (glyph_width - 1 - column)) & 1) == 0) continue;
      paint_dot(picture, left + (static_cast<int>(i) * glyph_advance + column) * dot, top + row * dot, dot,
                luma);
    }
  }
}

}  // namespace

std::shared_ptr<Picture> make_slate(int width, int height, const std::vector<std::string>& lines) {
  constexpr std::uint8_t bright = 225;
  constexpr std::uint8_t dimmed = 170;
  auto picture = Picture::make(width, height);
  fill(*picture, {0, 0, width, height}, yuv_of(24, 30, 42));
  std::vector<std::string> shown;
  for (const std::string& line : lines) break_line(line, shown);
  if (shown.size() > lines_max) shown.resize(lines_max);
  const int dot = dot_size(width, height);
  int top = (height - static_cast<int>(shown.size()) * line_advance * dot) / 2;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    paint_line(*picture, shown[i], top, dot, i == 0 ? bright : dimmed);
    top += line_advance * dot;
  }
  return picture;
}

}  // namespace worker
