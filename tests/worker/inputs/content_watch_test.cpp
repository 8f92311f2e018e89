#include "worker/receive/content_watch.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>

namespace worker {
namespace {

using namespace std::chrono_literals;
using common::ContentFault;

constexpr int mid_grey = 120;
constexpr auto apart = 40ms;  // of the pictures

struct Painted {
  int width = 0, height = 0;
  std::vector<std::uint8_t> luma;
  LumaView view() const { return {luma.data(), width, width, height}; }
};

Painted paint(int luma, int width = 320, int height = 180) {
  return {
      width, height,
      std::vector<std::uint8_t>(static_cast<std::size_t>(width * height), static_cast<std::uint8_t>(luma))};
}

// The block at the upper left is lighter by `more`.
Painted with_block(Painted picture, int more) {
  for (int y = 0; y < ContentWatch::block; ++y)
    for (int x = 0; x < ContentWatch::block; ++x)
      picture.luma[static_cast<std::size_t>(y * picture.width + x)] += static_cast<std::uint8_t>(more);
  return picture;
}

class Content : public testing::Test {
 protected:
  // Pictures for `time`; picture(i) is the one with the number i.
  void pass(
      std::chrono::milliseconds time, const std::function<Painted(int)>& picture,
      const std::function<bool(int)>& broken = [](int) { return false; }) {
    const auto end = now + time;
    for (int i = 0; now < end; ++i, now += apart) watch.look(picture(i).view(), broken(i), now);
  }
  void pass(std::chrono::milliseconds time, const Painted& picture) {
    pass(time, [&](int) { return picture; });
  }
  std::chrono::milliseconds time_of(ContentFault fault) const { return watch.times()[fault]; }

  ContentWatch watch;
  common::MonoTime now{1000s};
};

TEST_F(Content, nothing_is_known_before_the_first_picture) {
  EXPECT_EQ(watch.times(), common::ContentTimes{});
  for (const auto fault : {ContentFault::Frozen, ContentFault::Black, ContentFault::Corrupt})
    EXPECT_FALSE(watch.disproves(fault));
}

TEST_F(Content, the_same_picture_is_frozen_from_the_first_to_the_newest_of_them) {
  pass(4s, paint(mid_grey));
  EXPECT_EQ(time_of(ContentFault::Frozen), 4s - apart);
  EXPECT_FALSE(watch.disproves(ContentFault::Frozen));
  EXPECT_TRUE(watch.disproves(ContentFault::Black));
  now += 10s;
  EXPECT_EQ(time_of(ContentFault::Frozen), 4s - apart) << "no picture says nothing of pictures";
}

TEST_F(Content, one_block_that_changes_by_so_much_is_a_change_and_by_less_is_none) {
  pass(2s, [](int i) { return with_block(paint(mid_grey), i % 2 * (ContentWatch::change_min - 1)); });
  EXPECT_EQ(time_of(ContentFault::Frozen), 2s - apart);
  watch.look(with_block(paint(mid_grey), ContentWatch::change_min).view(), false, now);
  EXPECT_EQ(time_of(ContentFault::Frozen), 0ms);
  EXPECT_TRUE(watch.disproves(ContentFault::Frozen));
}

TEST_F(Content, what_changes_slowly_changes) {
  pass(10s, [](int i) { return paint(60 + i / 25); });
  EXPECT_LE(time_of(ContentFault::Frozen), ContentWatch::change_min * 1s);
  EXPECT_TRUE(watch.disproves(ContentFault::Frozen));
}

TEST_F(Content, after_a_change_the_next_look_is_a_moment_later) {
  watch.look(paint(mid_grey).view(), false, now);
  watch.look(paint(mid_grey + 50).view(), false, now += apart);
  watch.look(paint(mid_grey).view(), false, now += ContentWatch::rest - 1ms);
  EXPECT_EQ(time_of(ContentFault::Frozen), 0ms) << "not looked at";
  watch.look(paint(mid_grey + 50).view(), false, now += 1ms);
  EXPECT_EQ(time_of(ContentFault::Frozen), ContentWatch::rest) << "the same as before the rest";
}

TEST_F(Content, another_size_is_another_picture_at_once) {
  pass(1s, [](int i) { return paint(mid_grey + i % 2 * 50); });
  watch.look(paint(mid_grey, 640, 360).view(), false, now);
  EXPECT_EQ(time_of(ContentFault::Frozen), 0ms);
}

TEST_F(Content, dark_all_over_is_black_and_one_lit_block_is_not) {
  pass(3s, paint(ContentWatch::black_max));
  EXPECT_EQ(time_of(ContentFault::Black), 3s - apart);
  EXPECT_FALSE(watch.disproves(ContentFault::Black));
  pass(1s, with_block(paint(ContentWatch::black_max), 1));
  EXPECT_EQ(time_of(ContentFault::Black), 0ms);
  EXPECT_TRUE(watch.disproves(ContentFault::Black));
}

TEST_F(Content, broken_pictures_count_from_the_first_to_the_last_of_a_run) {
  const auto moving = [](int i) { return paint(mid_grey + i % 2 * 50); };
  pass(apart, moving, [](int) { return true; });
  EXPECT_EQ(time_of(ContentFault::Corrupt), 0ms) << "one is none";
  pass(10s, moving, [](int i) { return i % 25 == 24; });
  EXPECT_EQ(time_of(ContentFault::Corrupt), 10s) << "one a second is a run";
  EXPECT_FALSE(watch.disproves(ContentFault::Corrupt));
  pass(ContentWatch::clean_time - apart, moving);
  EXPECT_EQ(time_of(ContentFault::Corrupt), 10s);
  pass(2 * apart, moving);
  EXPECT_EQ(time_of(ContentFault::Corrupt), 0ms) << "clean for so long: over";
  EXPECT_TRUE(watch.disproves(ContentFault::Corrupt));
}

TEST_F(Content, broken_ones_far_apart_are_no_run) {
  const auto moving = [](int i) { return paint(mid_grey + i % 2 * 50); };
  for (int i = 0; i < 5; ++i) {
    pass(apart, moving, [](int) { return true; });
    pass(ContentWatch::clean_time, moving);
    EXPECT_EQ(time_of(ContentFault::Corrupt), 0ms);
  }
}

TEST_F(Content, what_came_while_nobody_looked_is_not_compared) {
  pass(5s, paint(ContentWatch::black_max));
  watch.begin_anew();
  EXPECT_EQ(watch.times(), common::ContentTimes{});
  now += 60s;
  watch.look(paint(ContentWatch::black_max).view(), false, now);
  EXPECT_EQ(watch.times(), common::ContentTimes{});
  EXPECT_FALSE(watch.disproves(ContentFault::Frozen));
}

TEST_F(Content, sizes_that_are_no_whole_blocks_count_to_the_edge) {
  Painted picture = paint(16, 34, 18);
  watch.look(picture.view(), false, now);
  EXPECT_FALSE(watch.disproves(ContentFault::Black));
  for (const std::size_t x : {32u, 33u}) picture.luma[16u * 34 + x] = picture.luma[17u * 34 + x] = 200;
  watch.look(picture.view(), false, now += apart);
  EXPECT_TRUE(watch.disproves(ContentFault::Black));
}

TEST_F(Content, a_look_costs_little) {
  const Painted picture = paint(mid_grey, 1920, 1080);
  constexpr int looks = 50;
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < looks; ++i) watch.look(picture.view(), false, now += apart);
  const auto each = (std::chrono::steady_clock::now() - begun) / looks;
  std::printf("1920x1080: %lld us a look\n", static_cast<long long>(each / 1us));
  EXPECT_LT(each, 20ms);
}

}  // namespace
}  // namespace worker
