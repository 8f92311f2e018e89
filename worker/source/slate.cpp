#include "worker/source/slate.h"

#include <algorithm>
#include <array>
#include <utility>

#include "worker/picture/convert.h"
#include "worker/source/font.h"
#include "worker/source/lettering.h"

namespace worker {
namespace {

constexpr double lines_shown = 14;       // of body text in the height of the canvas
constexpr double columns_least = 40;     // of body text in its width, where it is narrow
constexpr double headline_scale = 1.6;   // times the body text
constexpr double text_width_max = 0.94;  // of the canvas
constexpr double text_height_max = 0.9;
constexpr double gap_after_headline = 0.6;  // body lines
constexpr std::uint8_t bright = 235;
constexpr std::uint8_t dim = 185;
constexpr std::uint8_t grey = 128;
constexpr int dimmed_percent = 22;  // of the last good picture's light
constexpr int band_percent = 22;    // of an image's light under the words

struct Line {
  std::u32string letters;
  double dot = 1;  // pixels of one dot of a letter
  std::uint8_t luma = dim;
  double height() const { return line_advance * dot; }
  double width() const { return (static_cast<double>(letters.size()) * glyph_advance - 1) * dot; }
};

double height_of(const std::vector<Line>& lines) {
  double height = 0;
  for (const Line& line : lines) height += line.height();
  return height;
}

// Breaks a text at blanks, until the lines are higher than `room`; a word that is too long is cut.
void break_lines(std::u32string text, double dot, std::uint8_t luma, int width, double room,
                 std::vector<Line>& lines) {
  const auto columns =
      std::max<std::size_t>(1, static_cast<std::size_t>(width * text_width_max / (glyph_advance * dot)));
  while (text.size() > columns && height_of(lines) <= room) {
    std::size_t at = text.rfind(U' ', columns);
    if (at == std::u32string::npos || at == 0) at = columns;
    lines.push_back({text.substr(0, at), dot, luma});
    text.erase(0, text[at] == U' ' ? at + 1 : at);
  }
  lines.push_back({std::move(text), dot, luma});
}

std::vector<Line> set_text(const SlateText& text, int width, int height) {
  const double dot =
      std::max(1.0, std::min(height / (lines_shown * line_advance), width / (columns_least * glyph_advance)));
  const double room = height * text_height_max;
  std::vector<Line> lines;
  if (!text.headline.empty())
    break_lines(letters_of(text.headline), dot * headline_scale, bright, width, room, lines);
  if (!lines.empty() && !text.lines.empty()) lines.push_back({{}, dot * gap_after_headline, dim});
  for (const std::string& line : text.lines) {
    if (height_of(lines) > room) break;
    break_lines(letters_of(line), dot, dim, width, room, lines);
  }
  while (lines.size() > 1 && height_of(lines) > room) lines.pop_back();
  return lines;
}

void paint_line(Picture& picture, const Line& line, double top) {
  double left = (picture.width() - line.width()) / 2;
  for (const char32_t letter : line.letters) {
    paint_letter(picture, glyph(letter), left, top, line.dot, line.luma);
    left += glyph_advance * line.dot;
  }
}

// Leaves `percent` of the light, and as much of the colour.
void darken(Picture& picture, const Rectangle& area, int percent) {
  constexpr int black_luma = 16;
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane == 0 ? 0 : 1;
    const int zero = plane == 0 ? black_luma : grey;
    std::array<std::uint8_t, 256> darker{};
    for (int value = 0; value < 256; ++value)
      darker[static_cast<std::size_t>(value)] =
          static_cast<std::uint8_t>(std::clamp(zero + (value - zero) * percent / 100, 0, 255));
    for (int y = area.y >> shift; y < area.bottom() >> shift; ++y) {
      std::uint8_t* row = picture.plane(plane) + static_cast<std::ptrdiff_t>(picture.stride(plane)) * y;
      for (int x = area.x >> shift; x < area.right() >> shift; ++x) row[x] = darker[row[x]];
    }
  }
}

bool fits(const std::shared_ptr<const Picture>& behind, const Picture& picture) {
  return behind && behind->width() == picture.width() && behind->height() == picture.height();
}

void paint_background(Picture& picture, const SlateBackground& background, const std::vector<Line>& lines) {
  const int width = picture.width();
  const int height = picture.height();
  if (fits(background.image, picture)) {
    copy(*background.image, picture);
    if (lines.empty()) return;
    const double padding = lines.front().height() / 2;
    const int band = std::min(height, static_cast<int>(height_of(lines) + 2 * padding));
    const Rectangle under{0, (height - band) / 2, width, band};
    darken(picture, grow_to_even(under, width, height), band_percent);
  } else if (fits(background.dimmed, picture)) {
    copy(*background.dimmed, picture);
    darken(picture, {0, 0, width, height}, dimmed_percent);
  } else {
    fill(picture, {0, 0, width, height}, yuv_of(24, 30, 42));
  }
}

}  // namespace

std::shared_ptr<Picture> make_slate(int width, int height, const SlateText& text,
                                    const SlateBackground& background) {
  auto picture = Picture::make(width, height);
  const std::vector<Line> lines = set_text(text, width, height);
  paint_background(*picture, background, lines);
  double top = (height - height_of(lines)) / 2;
  for (const Line& line : lines) {
    paint_line(*picture, line, top);
    top += line.height();
  }
  return picture;
}

}  // namespace worker
