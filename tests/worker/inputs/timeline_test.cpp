#include "worker/receive/timeline.h"

#include <gtest/gtest.h>

namespace worker {
namespace {

using namespace std::chrono_literals;

constexpr Timeline::Time picture = 40ms;

Timeline::Stamps at(Timeline::Time time) {
  return {time, time, picture};
}

TEST(Timeline, begins_at_nought_whatever_the_sender_says) {
  Timeline timeline(2s, picture);
  EXPECT_EQ(timeline.place(at(-95443717s)).time(), 0s);
  EXPECT_EQ(timeline.place(at(-95443717s + picture)).time(), picture);
}

TEST(Timeline, keeps_the_order_of_decoding_and_that_of_showing) {
  Timeline timeline(2s, picture);
  EXPECT_EQ(timeline.place({10s, 10s + 2 * picture, picture}).time(), 0s);
  const auto second = timeline.place({10s + picture, 10s + 5 * picture, picture});
  EXPECT_EQ(second.time(), 3 * picture);
  EXPECT_EQ(second.decoded, -picture);
}

TEST(Timeline, closes_a_jump_in_either_direction_and_leaves_a_pause_alone) {
  Timeline timeline(2s, picture);
  timeline.place(at(100s));
  EXPECT_EQ(timeline.place(at(102s)).time(), 2s) << "as long as allowed";
  EXPECT_EQ(timeline.place(at(104s + 1ms)).time(), 2s + picture) << "longer";
  EXPECT_EQ(timeline.place(at(104s + 1ms + picture)).time(), 2s + 2 * picture) << "and on from there";
  EXPECT_EQ(timeline.place(at(5s)).time(), 2s + 3 * picture) << "back";
  EXPECT_EQ(timeline.place(at(5s + picture)).time(), 2s + 4 * picture);
}

TEST(Timeline, a_step_back_of_half_a_second_is_no_jump) {
  Timeline timeline(2s, picture);
  timeline.place(at(10s));
  timeline.place(at(11s));
  EXPECT_EQ(timeline.place(at(10s + 500ms)).time(), 500ms);
}

TEST(Timeline, counts_on_where_stamps_are_missing) {
  Timeline timeline(2s, picture);
  EXPECT_EQ(timeline.place({{}, {}, 0s}).time(), picture);
  const auto second = timeline.place({{}, {}, 0s});
  EXPECT_EQ(second.time(), 2 * picture) << "the usual";
  EXPECT_FALSE(second.presented) << "the decoder knows better";
  EXPECT_EQ(timeline.place({{}, {}, 100ms}).time(), 2 * picture + 100ms);
}

TEST(Timeline, a_run_that_begins_anew_follows_right_after_the_last_picture_shown) {
  Timeline timeline(2s, picture);
  timeline.place({0s, 2 * picture, picture});
  timeline.place({picture, 3 * picture, picture});
  timeline.begin_anew();
  EXPECT_EQ(timeline.place({0s, 2 * picture, picture}).time(), 2 * picture) << "no seam";
}

}  // namespace
}  // namespace worker
