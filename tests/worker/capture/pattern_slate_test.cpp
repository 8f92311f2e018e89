#include <gtest/gtest.h>

#include <algorithm>

#include "pixels.h"
#include "worker/source/font.h"
#include "worker/source/input_set.h"
#include "worker/source/pattern_source.h"

namespace worker {
namespace {

using test::near;
using test::pixel;

std::optional<std::uint32_t> read(const Picture& picture) {
  return read_slot(picture.plane(0), picture.stride(0), picture.width(), picture.height());
}

TEST(Pattern, the_slot_is_read_back_at_every_size) {
  for (const CanvasSize size : {CanvasSize{1920, 1080}, CanvasSize{640, 360}, CanvasSize{322, 182}}) {
    const auto source = make_pattern_source(size);
    for (const common::Slot slot : {0L, 1L, 12345L, 0xdeadbeefL, 0xffffffffL})
      EXPECT_EQ(read(*source->capture(slot).value()), static_cast<std::uint32_t>(slot)) << size.width;
  }
}

TEST(Pattern, every_slot_has_another_picture) {
  const auto source = make_pattern_source({640, 360});
  const auto one = source->capture(1).value();
  EXPECT_NE(one, source->capture(2).value());
  EXPECT_EQ(read(*one), 1u);
}

TEST(Pattern, the_bars_stand_in_their_order) {
  const auto picture = make_pattern_source({640, 360})->capture(0).value();
  EXPECT_TRUE(near(pixel(*picture, 40, 40), yuv_of(255, 255, 255)));
  EXPECT_TRUE(near(pixel(*picture, 440, 40), yuv_of(255, 0, 0)));
  EXPECT_TRUE(near(pixel(*picture, 520, 40), yuv_of(0, 0, 255)));
}

TEST(Pattern, a_grey_picture_has_no_number) {
  auto picture = Picture::make(640, 360);
  fill(*picture, {0, 0, 640, 360}, yuv_of(128, 128, 128));
  EXPECT_FALSE(read(*picture));
}

int bright_pixels(const Picture& picture) {
  int count = 0;
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x)
      count += picture.plane(0)[picture.stride(0) * y + x] > 150 ? 1 : 0;
  return count;
}

TEST(Slate, has_text_of_readable_size_from_360p_to_4k) {
  const std::vector<std::string> lines{"No picture from :0", "no X server listens there",
                                       "The stream goes on"};
  const int small = bright_pixels(*make_slate(640, 360, lines));
  const int large = bright_pixels(*make_slate(3840, 2160, lines));
  EXPECT_GT(small, 400);
  EXPECT_GT(large, small * 20) << "the text grows with the canvas";
  EXPECT_TRUE(near(pixel(*make_slate(640, 360, lines), 0, 0), yuv_of(24, 30, 42)));
}

TEST(Slate, long_and_many_lines_stay_inside) {
  const std::vector<std::string> lines(100, std::string(5000, 'W'));
  EXPECT_GT(bright_pixels(*make_slate(320, 180, lines)), 400);
  EXPECT_EQ(bright_pixels(*make_slate(320, 180, {})), 0);
}

TEST(Font, letters_differ_and_unknown_ones_are_a_box) {
  EXPECT_EQ(glyph('a'), glyph('A'));
  EXPECT_EQ(glyph('\x80'), glyph('\n'));
  for (char one = '!'; one <= '`'; ++one)
    for (char other = ' '; other < one; ++other) EXPECT_NE(glyph(one), glyph(other)) << one << other;
}

}  // namespace
}  // namespace worker
