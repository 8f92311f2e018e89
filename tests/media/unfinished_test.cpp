// A worker dies in the middle of a part: its pictures are not lost, and the timeline stays whole.
#include <gtest/gtest.h>

#include "media_maker.h"

namespace {

using media_test::Bench;
using media_test::MediaRecord;
using media_test::RecordType;
using media_test::Slot;
using supervisor::OnAir;

const media_test::Bytes access_unit = {0, 0, 0, 2, 0x41, 0x9a};

void send_picture(Bench& bench, std::uint64_t generation, Slot slot, bool independent = false) {
  MediaRecord header;
  header.type = RecordType::Picture;
  header.generation = generation;
  header.pts = bench.grid().pts(slot);
  header.duration = static_cast<std::uint32_t>(bench.grid().ticks_per_picture());
  header.pictures = 1;
  header.independent = independent;
  header.length = static_cast<std::uint32_t>(access_unit.size());
  EXPECT_TRUE(bench.stream.admit(header, access_unit, bench.at(slot + 1)));
}

class Unfinished : public testing::Test {
 protected:
  void SetUp() override {
    bench.start(30);
    for (Slot slot = 30; slot < 34; ++slot) send_picture(bench, 1, slot);
  }
  std::uint64_t rescued() { return bench.stream.facts(bench.at(40)).rescued; }
  Bench bench;
};

TEST_F(Unfinished, pictures_are_not_published_while_their_part_may_come) {
  EXPECT_EQ(bench.end(), 30);
  EXPECT_TRUE(bench.send(1, 30, 6, false));
  EXPECT_EQ(bench.end(), 36);
  EXPECT_EQ(rescued(), 0u);
}

TEST_F(Unfinished, the_next_life_opens_behind_them_and_both_become_visible_at_once) {
  bench.stream.end_life(1, bench.at(34));
  bench.prepare(2);
  const Slot opens = bench.stream.begin_life(2, bench.at(34, 5));
  EXPECT_EQ(opens, 34);
  EXPECT_EQ(bench.end(), 30) << "a short part closes its segment: only with its successor";
  EXPECT_TRUE(bench.send(2, 34, 2, true, bench.at(36)));
  EXPECT_EQ(bench.end(), 36);
  EXPECT_EQ(rescued(), 1u);
  EXPECT_EQ(bench.last().start, 34);
  EXPECT_EQ(bench.stream.facts(bench.at(36)).holes, 0u);
  EXPECT_EQ(bench.stream.facts(bench.at(36)).bridged, 0u);
}

TEST_F(Unfinished, when_nobody_comes_they_begin_the_bridge) {
  bench.stream.end_life(1, bench.at(34));
  bench.stream.advance(bench.at(36, 25));
  EXPECT_EQ(bench.end(), 36);
  EXPECT_EQ(rescued(), 1u);
  EXPECT_EQ(bench.stream.facts(bench.at(37)).on_air, OnAir::Bridge);
  EXPECT_EQ(bench.store().window().size(), 1u) << "no new segment is needed";
  const auto& part = bench.last().parts.back();
  EXPECT_EQ(part.pictures, 6);
  EXPECT_TRUE(part.bridged);
}

TEST_F(Unfinished, a_next_life_that_is_late_does_not_bring_the_slate) {
  bench.stream.end_life(1, bench.at(34));
  bench.prepare(2);
  bench.stream.begin_life(2, bench.at(34, 5));
  const auto resume = bench.stream.advance(bench.at(36, 85));
  ASSERT_TRUE(resume);
  EXPECT_EQ(resume->continue_at, 36);
  EXPECT_EQ(bench.stream.facts(bench.at(39)).on_air, OnAir::Bridge);
  EXPECT_TRUE(bench.send(2, 36, 6, true, bench.at(42)));
  EXPECT_EQ(bench.stream.facts(bench.at(42)).holes, 0u);
}

TEST_F(Unfinished, pictures_out_of_order_or_of_another_life_are_not_taken) {
  send_picture(bench, 1, 35);  // 34 is missing
  send_picture(bench, 7, 34);
  bench.stream.end_life(1, bench.at(35));
  bench.prepare(8);
  EXPECT_EQ(bench.stream.begin_life(8, bench.at(35)), 34);
}

TEST_F(Unfinished, a_single_key_frame_is_followed_by_a_repeat_before_the_next_one) {
  ASSERT_TRUE(bench.deliver(1, 60));
  send_picture(bench, 1, 60, true);
  bench.stream.end_life(1, bench.at(61));
  bench.prepare(2);
  EXPECT_EQ(bench.stream.begin_life(2, bench.at(61)), 62) << "idr_pic_id must differ from one to the next";
}

TEST_F(Unfinished, no_life_opens_in_the_last_slot_of_a_segment) {
  ASSERT_TRUE(bench.deliver(1, 54));
  for (Slot slot = 54; slot < 59; ++slot) send_picture(bench, 1, slot);
  bench.stream.end_life(1, bench.at(59));
  bench.prepare(2);
  EXPECT_EQ(bench.stream.begin_life(2, bench.at(59)), 60);
  EXPECT_TRUE(bench.send(2, 60, 6, true, bench.at(66)));
  EXPECT_EQ(bench.stream.facts(bench.at(66)).holes, 0u);
}

TEST_F(Unfinished, the_key_frame_of_a_life_that_dies_at_once_is_kept_too) {
  bench.stream.end_life(1, bench.at(34));
  bench.prepare(2);
  bench.stream.begin_life(2, bench.at(34));
  send_picture(bench, 2, 34, true);
  send_picture(bench, 2, 35);
  bench.stream.end_life(2, bench.at(36));
  bench.prepare(3);
  EXPECT_EQ(bench.stream.begin_life(3, bench.at(36)), 36);
  EXPECT_EQ(bench.end(), 34) << "what the first left is a part of its own";
  EXPECT_TRUE(bench.send(3, 36, 6, true, bench.at(42)));
  EXPECT_EQ(rescued(), 2u);
  EXPECT_EQ(bench.stream.facts(bench.at(42)).holes, 0u);
}

}  // namespace
