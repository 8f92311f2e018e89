#include "supervisor/media/store.h"

#include <gtest/gtest.h>

#include "media_maker.h"

namespace {

using media_test::Bench;
using media_test::Bytes;
using supervisor::Part;
using supervisor::SegmentBody;
using supervisor::Slot;
using supervisor::Store;
using supervisor::StoreSettings;

StoreSettings settings(int window_segments) {
  StoreSettings store;
  store.grid = media_test::test_grid();
  store.window_segments = window_segments;
  return store;
}

std::shared_ptr<const supervisor::InitSegment> init() {
  return *supervisor::make_init_segment(media_test::make_init(90000));
}

void add_segment(Store& store, Slot start, int pictures, bool discontinuity = false) {
  store.open(start, init(), *SegmentBody::create(), discontinuity);
  Part part;
  part.start = start;
  part.pictures = pictures;
  store.add(part);
  store.close();
}

TEST(Store, keeps_the_window_by_duration) {
  Store store(settings(5));
  for (Slot i = 0; i < 20; ++i) add_segment(store, i * 60, 60);
  EXPECT_EQ(store.window().size(), 5u);
  EXPECT_EQ(store.media_sequence(), 15);
}

TEST(Store, many_short_segments_do_not_push_long_ones_out_early) {
  Store store(settings(5));
  for (Slot i = 0; i < 5; ++i) add_segment(store, i * 60, 60);
  for (Slot i = 0; i < 10; ++i) add_segment(store, 300 + i * 6, 6);
  EXPECT_EQ(store.window().size(), 14u);
  EXPECT_GE(store.window().back().end() - store.window().front().start, 300);
}

TEST(Store, never_holds_less_than_three_target_durations) {
  Store store(settings(1));
  for (Slot i = 0; i < 20; ++i) add_segment(store, i * 60, 60);
  EXPECT_EQ(store.window().size(), 3u);
}

TEST(Store, numbers_go_on_when_the_window_was_emptied) {
  Store store(settings(5));
  add_segment(store, 0, 60);
  store.clear();
  EXPECT_TRUE(store.window().empty());
  EXPECT_EQ(store.media_sequence(), 1);
  add_segment(store, 600, 60, true);
  EXPECT_EQ(store.window().front().msn, 1);
}

TEST(Store, counts_the_discontinuities_that_left) {
  Store store(settings(3));
  for (Slot i = 0; i < 3; ++i) add_segment(store, i * 60, 60, i == 1);
  EXPECT_EQ(store.discontinuity_sequence(), 0);
  add_segment(store, 180, 60);
  EXPECT_EQ(store.discontinuity_sequence(), 0) << "the tag is still in the window, at its front";
  add_segment(store, 240, 60);
  EXPECT_EQ(store.discontinuity_sequence(), 1);
}

TEST(Store, what_is_kept_outside_the_window_is_bounded_in_number_too) {
  auto limited = settings(5);
  limited.retired_max = 3;
  Store store(limited);
  for (Slot i = 0; i < 20; ++i) add_segment(store, i * 60, 60);
  EXPECT_EQ(store.retired_count(), 3u);
}

TEST(Store, equal_init_segments_have_one_name_and_different_ones_two) {
  const auto a = *supervisor::make_init_segment(media_test::make_init(90000));
  const auto b = *supervisor::make_init_segment(media_test::make_init(90000));
  const auto c = *supervisor::make_init_segment(media_test::make_init(90000, 1));
  EXPECT_EQ(a->id, b->id);
  EXPECT_NE(a->id, c->id);
  EXPECT_EQ(a->id.size(), 8u);
}

TEST(Store, counts_the_bytes_it_holds) {
  Bench bench;
  EXPECT_EQ(bench.store().bytes(), 0u);
  bench.start(6);
  EXPECT_EQ(bench.store().bytes(), media_test::part_bytes(bench.grid(), 0, 6, true).size());
}

}  // namespace
