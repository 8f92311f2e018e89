// The picture in macroblocks: what changed, and how much there is to code in it.
#include "worker/encode/macroblocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

using worker::Detail;
using worker::DirtyArea;
using worker::Macroblocks;
using worker::Picture;

namespace {

constexpr int width = 70, height = 38;  // 5 x 3 macroblocks, the last ones cut
constexpr int columns = 5;

std::shared_ptr<Picture> flat_picture() {
  auto picture = Picture::make(width, height);
  for (int plane = 0; plane < 3; ++plane)
    std::memset(picture->plane(plane), 128,
                static_cast<std::size_t>(picture->stride(plane)) *
                    static_cast<std::size_t>(plane == 0 ? height : height / 2));
  return picture;
}

// Stripes of one pixel.
void stripe(Picture& picture, int x, int y, int size) {
  for (int row = y; row < y + size; ++row)
    for (int column = x; column < x + size; ++column)
      picture.plane(0)[row * picture.stride(0) + column] = column % 2 == 0 ? 20 : 220;
}

DirtyArea area(int x, int y, int w, int h) {
  DirtyArea changes;
  changes.add({x, y, w, h});
  return changes;
}

const DirtyArea everything = area(0, 0, width, height);

}  // namespace

TEST(Macroblocks, those_that_a_change_touches_are_marked_and_no_others) {
  Macroblocks blocks(width, height);
  const auto picture = flat_picture();
  blocks.look_at(*picture, everything);
  EXPECT_EQ(std::ranges::count(blocks.map(), Macroblocks::changed_block), 15);
  blocks.look_at(*picture, area(16, 16, 16, 16));
  EXPECT_EQ(std::ranges::count(blocks.map(), Macroblocks::changed_block), 1);
  EXPECT_EQ(blocks.map()[columns + 1], Macroblocks::changed_block);
  blocks.look_at(*picture, area(14, 30, 4, 4));
  for (const int at : {columns, columns + 1, 2 * columns, 2 * columns + 1})
    EXPECT_EQ(blocks.map()[static_cast<std::size_t>(at)], Macroblocks::changed_block) << at;
  EXPECT_EQ(std::ranges::count(blocks.map(), Macroblocks::changed_block), 4);
  blocks.look_at(*picture, area(68, 36, 2, 2));
  EXPECT_EQ(blocks.map()[14], Macroblocks::changed_block);
  blocks.look_at(*picture, {});
  EXPECT_EQ(std::ranges::count(blocks.map(), Macroblocks::constant_block), 15);
}

TEST(Macroblocks, a_flat_picture_has_little_detail_and_stripes_have_it_where_they_are) {
  Macroblocks blocks(width, height);
  const auto picture = flat_picture();
  const double flat = blocks.look_at(*picture, everything).whole() / 15;
  EXPECT_GT(flat, 0) << "what it was coded with shows";
  EXPECT_LE(flat, 16);
  stripe(*picture, 32, 16, 16);
  const Detail detail = blocks.look_at(*picture, area(32, 16, 16, 16));
  EXPECT_GE(detail.changed, 4 * 15 * 200) << "four rows of fifteen steps";
  EXPECT_EQ(detail.whole(), detail.changed + 14 * flat);
  blocks.coded(30, false);
  EXPECT_EQ(blocks.look_at(*picture, area(0, 0, 16, 16)).standing[30], detail.changed + 13 * flat);
  for (const auto& [x, y] : {std::pair{64, 0}, std::pair{0, 32}, std::pair{64, 32}}) {
    const auto edge = flat_picture();
    stripe(*edge, x, y, 6);
    EXPECT_GT(Macroblocks(width, height).look_at(*edge, everything).whole(), 15 * flat) << x << ", " << y;
  }
}

TEST(Macroblocks, each_stands_as_it_was_last_coded) {
  Macroblocks blocks(width, height);
  const auto picture = flat_picture();
  for (int y = 0; y < 32; y += 16)
    for (int x = 0; x < 64; x += 16) stripe(*picture, x, y, 16);
  blocks.look_at(*picture, everything);
  blocks.coded(30, true);
  EXPECT_EQ(blocks.standing().coarsest(), 30);
  blocks.look_at(*picture, area(0, 0, 16, 16));
  blocks.coded(40, false);
  EXPECT_EQ(blocks.standing().coarsest(), 40);
  EXPECT_LT(blocks.standing().standing[40], blocks.standing().standing[30]);
  blocks.look_at(*picture, {});
  blocks.coded(35, false);  // refined: only what was coarser
  EXPECT_EQ(blocks.standing().coarsest(), 35);
  EXPECT_GT(blocks.standing().standing[30], 0);
  blocks.look_at(*picture, {});
  blocks.coded(33, true);  // a key frame is of one quantizer
  EXPECT_EQ(blocks.standing().standing[30], 0);
  EXPECT_EQ(blocks.standing().standing[33], blocks.standing().whole());
}

TEST(Macroblocks, a_picture_smaller_than_one_is_taken_too) {
  auto tiny = Picture::make(8, 8);
  Macroblocks blocks(8, 8);
  EXPECT_GT(blocks.look_at(*tiny, area(0, 0, 8, 8)).whole(), 0);
  EXPECT_EQ(blocks.map().size(), 1u);
}
