#include "common/time_grid.h"

#include <gtest/gtest.h>

using common::make_time_grid;
using common::MonoTime;
using common::Slot;
using common::TimeGrid;
using namespace std::chrono_literals;

namespace {

MonoTime at(std::chrono::nanoseconds since_boot) {
  return MonoTime(since_boot);
}

TEST(TimeGrid, the_slot_that_begins_now_is_running_now) {
  for (int fps = 1; fps <= 120; ++fps) {
    const TimeGrid grid = make_time_grid(fps, 0.2, 2, 2, 12'345);
    for (Slot slot : {Slot{0}, Slot{1}, Slot{7}, Slot{59}, Slot{3'600'001}, Slot{fps} * 86'400 * 3'650}) {
      EXPECT_EQ(grid.slot_at(grid.time_of(slot)), slot) << fps;
      EXPECT_EQ(grid.slot_at(grid.time_of(slot + 1) - 1ns), slot) << fps;
    }
  }
}

TEST(TimeGrid, a_time_before_the_origin_is_slot_zero) {
  const TimeGrid grid = make_time_grid(30, 0.2, 2, 2, 1'000'000'000);
  EXPECT_EQ(grid.slot_at(at(0ns)), 0);
  EXPECT_EQ(grid.slot_at(at(1s)), 0);
  EXPECT_EQ(grid.slot_at(at(2s)), 30);
}

TEST(TimeGrid, ten_years_at_the_highest_rate_do_not_overflow) {
  const TimeGrid grid = make_time_grid(120, 0.2, 2, 2);
  const auto ten_years = std::chrono::hours(24 * 3650);
  EXPECT_EQ(grid.slot_at(at(ten_years)), Slot{120} * 3600 * 24 * 3650);
  EXPECT_EQ(grid.slot(grid.pts(Slot{120} * 3600 * 24 * 3650)), Slot{120} * 3600 * 24 * 3650);
}

TEST(TimeGrid, every_rate_has_whole_ticks) {
  for (int fps = 1; fps <= 240; ++fps) {
    const TimeGrid grid = make_time_grid(fps, 0.2, 2, 2);
    EXPECT_EQ(grid.ticks_per_picture() * fps, grid.timescale());
  }
}

TEST(TimeGrid, thirty_pictures_a_second_make_parts_of_six_and_segments_of_sixty) {
  const TimeGrid grid = make_time_grid(30, 0.2, 2, 2);
  EXPECT_EQ(grid.part_pictures, 6);
  EXPECT_EQ(grid.segment_pictures, 60);
  EXPECT_EQ(grid.key_pictures, 60);
  EXPECT_EQ(grid.target_duration_seconds(), 2);
}

TEST(TimeGrid, a_part_never_crosses_the_end_of_its_segment) {
  const TimeGrid grid = make_time_grid(30, 0.2, 2, 2);
  EXPECT_EQ(grid.part_end(0), 6);
  EXPECT_EQ(grid.part_end(54), 60);
  EXPECT_EQ(grid.part_end(57), 60);
  EXPECT_EQ(grid.part_end(59), 60);
  EXPECT_EQ(grid.part_end(60), 66);
  EXPECT_EQ(grid.segment_end(59), 60);
  EXPECT_EQ(grid.segment_end(60), 120);
}

TEST(TimeGrid, key_frames_inside_a_segment_stand_at_part_boundaries) {
  const TimeGrid grid = make_time_grid(30, 0.2, 4, 0.5);
  EXPECT_EQ(grid.key_pictures, 18);  // 15 pictures rounded up to whole parts
  EXPECT_TRUE(grid.wants_key_frame(0));
  EXPECT_TRUE(grid.wants_key_frame(18));
  EXPECT_FALSE(grid.wants_key_frame(15));
  EXPECT_TRUE(grid.wants_key_frame(120));
  EXPECT_EQ(grid.part_end(17), 18);
}

TEST(TimeGrid, a_segment_starts_with_a_key_frame_however_far_apart_they_are_wanted) {
  const TimeGrid grid = make_time_grid(30, 0.2, 2, 10);
  EXPECT_EQ(grid.key_pictures, 60);
  EXPECT_TRUE(grid.wants_key_frame(60));
}

TEST(TimeGrid, settings_too_small_for_one_picture_give_one_picture) {
  const TimeGrid grid = make_time_grid(1, 0.1, 0.1, 0.1);
  EXPECT_EQ(grid.part_pictures, 1);
  EXPECT_EQ(grid.segment_pictures, 1);
  EXPECT_EQ(grid.target_duration_seconds(), 1);
}

}  // namespace
