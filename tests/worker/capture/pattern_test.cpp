#include <gtest/gtest.h>

#include "pixels.h"
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

}  // namespace
}  // namespace worker
