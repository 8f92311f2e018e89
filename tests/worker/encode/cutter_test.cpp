#include "worker/package/cutter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using worker::Cutter;

namespace {

common::TimeGrid grid() {
  return common::make_time_grid(30, 0.2, 2, 2);  // parts of 6, segments of 60
}

// "7k": seven pictures beginning with a key frame; "|" closes a segment.
std::string parts(Cutter& cutter, int pictures) {
  std::string text;
  int count = 0;
  bool key = false;
  for (int i = 0; i < pictures; ++i) {
    const auto cut = cutter.cut();
    if (cut.part_begins) {
      count = 0;
      key = cut.key_frame;
    }
    EXPECT_TRUE(!cut.key_frame || cut.part_begins) << "a key frame inside a part, slot " << cutter.slot();
    ++count;
    if (cut.part_ends) {
      if (!text.empty()) text += ' ';
      text += std::to_string(count);
      if (key) text += 'k';
    }
    if (cut.segment_ends) text += " |";
    cutter.next();
  }
  return text;
}

}  // namespace

TEST(Cutter, a_life_that_opens_a_segment_just_now_hands_out_its_first_picture_at_once) {
  Cutter cutter(grid());
  cutter.open(60, 60);
  EXPECT_EQ(parts(cutter, 60), "1k 6 6 6 6 6 6 6 6 6 5 |");
}

TEST(Cutter, a_planned_start_has_parts_of_full_length) {
  Cutter cutter(grid());
  cutter.open(120, 100);
  EXPECT_EQ(parts(cutter, 66), "6k 6 6 6 6 6 6 6 6 6 | 6k");
}

TEST(Cutter, a_take_over_hands_out_the_pictures_up_to_now) {
  Cutter cutter(grid());
  cutter.open(100, 103);
  EXPECT_EQ(parts(cutter, 20 + 12), "4k 6 6 4 | 6k 6");
}

TEST(Cutter, a_take_over_a_slot_or_two_ahead_hands_out_its_key_frame_at_once) {
  for (const int ahead : {1, 2}) {
    Cutter cutter(grid());
    cutter.open(100, 100 - ahead);
    EXPECT_EQ(parts(cutter, 20), "1k 6 6 6 1 |");
  }
  Cutter planned(grid());
  planned.open(100, 97);
  EXPECT_EQ(parts(planned, 20), "6k 6 6 2 |");
}

TEST(Cutter, a_late_take_over_never_makes_a_part_longer_than_the_target) {
  Cutter cutter(grid());
  cutter.open(100, 131);
  EXPECT_EQ(parts(cutter, 20 + 60), "6k 6 6 2 | 6k 6 6 6 6 6 6 6 6 6 |");
}

TEST(Cutter, a_take_over_at_the_last_slot_of_a_segment_is_a_part_of_one_picture) {
  Cutter cutter(grid());
  cutter.open(119, 119);
  EXPECT_EQ(parts(cutter, 7), "1k | 6k");
}

TEST(Cutter, a_key_frame_on_request_waits_for_the_next_part) {
  Cutter cutter(grid());
  cutter.open(0, -30);
  for (int i = 0; i < 3; ++i) cutter.next();
  cutter.request_key_frame();
  EXPECT_FALSE(cutter.cut().key_frame);
  for (int i = 0; i < 3; ++i) cutter.next();
  EXPECT_TRUE(cutter.cut().key_frame);
  cutter.next();
  EXPECT_FALSE(cutter.cut().key_frame);
  for (int i = 0; i < 5; ++i) cutter.next();
  EXPECT_FALSE(cutter.cut().key_frame) << "one request, one key frame";
}

TEST(Cutter, key_frames_inside_a_segment_stand_at_parts) {
  Cutter cutter(common::make_time_grid(30, 0.2, 4, 1));
  cutter.open(0, -30);
  EXPECT_EQ(parts(cutter, 66), "6k 6 6 6 6 6k 6 6 6 6 6k");
}
