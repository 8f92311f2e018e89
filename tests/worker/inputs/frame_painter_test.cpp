// Frames of every kind on one canvas, with the right colours.
#include "worker/receive/frame_painter.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/worker/capture/pixels.h"
#include "worker/receive/colour_matrix.h"

namespace worker {
namespace {

using test::near;
using test::pixel;

// Of one colour, as limited range luma and differences (8 bit planar).
FramePtr flat(int width, int height, AVPixelFormat format, Yuv colour, AVColorSpace space) {
  FramePtr frame(av_frame_alloc());
  frame->width = width;
  frame->height = height;
  frame->format = format;
  frame->colorspace = space;
  av_frame_get_buffer(frame.get(), 0);
  const bool half_height = format != AV_PIX_FMT_YUV444P;
  const std::uint8_t values[3] = {colour.y, colour.u, colour.v};
  for (int plane = 0; plane < 3; ++plane)
    std::memset(frame->data[plane], values[plane],
                static_cast<std::size_t>(frame->linesize[plane]) *
                    static_cast<std::size_t>(plane > 0 && half_height ? height / 2 : height));
  return frame;
}

TEST(FramePainter, red_is_red_in_every_matrix) {
  FramePainter painter(320, 180);
  // Pure red: luma and differences by each standard.
  const std::pair<AVColorSpace, Yuv> reds[] = {{AVCOL_SPC_SMPTE170M, {82, 90, 240}},
                                               {AVCOL_SPC_BT709, {63, 102, 240}},
                                               {AVCOL_SPC_BT2020_NCL, {74, 97, 240}}};
  for (const auto& [space, red] : reds) {
    const auto painted = painter.paint(*flat(320, 180, AV_PIX_FMT_YUV420P, red, space), {});
    ASSERT_TRUE(painted);
    EXPECT_TRUE(near(pixel(**painted, 160, 90), {82, 90, 240}, 3)) << space << pixel(**painted, 160, 90);
  }
}

TEST(FramePainter, what_says_nothing_is_guessed_by_its_height) {
  EXPECT_EQ(luma_weights(AVCOL_SPC_UNSPECIFIED, 719), bt601);
  EXPECT_EQ(luma_weights(AVCOL_SPC_UNSPECIFIED, 720), bt709);
}

TEST(FramePainter, full_range_becomes_limited) {
  FramePainter painter(320, 180);
  const auto white =
      painter.paint(*flat(320, 180, AV_PIX_FMT_YUVJ420P, {255, 128, 128}, AVCOL_SPC_SMPTE170M), {});
  EXPECT_TRUE(near(pixel(**white, 160, 90), {235, 128, 128})) << pixel(**white, 160, 90);
}

TEST(FramePainter, sizes_formats_and_turns_may_change_from_one_to_the_next) {
  FramePainter painter(320, 180);
  const Yuv grey{128, 128, 128};
  const auto wide = painter.paint(*flat(640, 180, AV_PIX_FMT_YUV444P, grey, AVCOL_SPC_SMPTE170M), {});
  EXPECT_TRUE(near(pixel(**wide, 160, 10), black)) << "bars above and below";
  EXPECT_TRUE(near(pixel(**wide, 2, 90), grey));
  const auto turned =
      painter.paint(*flat(640, 180, AV_PIX_FMT_YUV420P, grey, AVCOL_SPC_SMPTE170M), {{0, 1}, 1});
  EXPECT_TRUE(near(pixel(**turned, 10, 90), black)) << "bars left and right";
  EXPECT_TRUE(near(pixel(**turned, 160, 2), grey));
  const auto narrow =
      painter.paint(*flat(320, 180, AV_PIX_FMT_YUV420P, grey, AVCOL_SPC_SMPTE170M), {{1, 2}, 0});
  EXPECT_TRUE(near(pixel(**narrow, 40, 90), black)) << "pixels half as wide as high";
  EXPECT_TRUE(near(pixel(**narrow, 160, 2), grey));
}

TEST(FramePainter, a_frame_without_a_size_is_an_error) {
  FramePainter painter(320, 180);
  const FramePtr frame(av_frame_alloc());
  const auto painted = painter.paint(*frame, {});
  ASSERT_FALSE(painted);
  EXPECT_EQ(painted.error().reason, "its pictures are 0x0; possible is 1x1 to 16384x16384");
}

}  // namespace
}  // namespace worker
