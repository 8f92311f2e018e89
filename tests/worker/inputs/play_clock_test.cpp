#include "worker/receive/play_clock.h"

#include <gtest/gtest.h>

namespace worker {
namespace {

using namespace std::chrono_literals;
using Time = PlayClock::Time;

const common::MonoTime begin{1000s};
constexpr auto first_due = PlayClock::cushion_min - PlayClock::grace;  // of a sender, after the first look

// Looks 25 times a second at a sender whose newest picture is `early` ahead of the clock.
void look_for(PlayClock& clock, common::MonoTime& now, Time time, Time early) {
  for (const auto end = now + time; now < end; now += 40ms) clock.look(clock.time_at(now) + early, now);
}

TEST(PlayClock, shows_pictures_as_far_apart_as_the_sender_says) {
  PlayClock clock(Pace::Live);
  EXPECT_FALSE(clock.is_started());
  clock.start(5s, begin);
  EXPECT_EQ(clock.due(5s), begin + first_due);
  EXPECT_EQ(clock.due(7s), begin + first_due + 2s);
  EXPECT_EQ(clock.time_at(clock.due(7s)), 7s);
}

TEST(PlayClock, a_file_begins_at_once) {
  PlayClock clock(Pace::Stored);
  clock.start(0s, begin);
  EXPECT_EQ(clock.due(0s), begin - PlayClock::grace);
}

TEST(PlayClock, stamps_of_whole_milliseconds_and_looks_a_little_early_or_late_show_each_picture_once) {
  for (const int fps : {25, 30, 50, 60}) {
    for (const Pace pace : {Pace::Stored, Pace::Live}) {
      PlayClock clock(pace);
      clock.start(0s, begin);
      int shown = -1;
      for (int slot = 0; slot < 20 * fps; ++slot) {
        const auto uneven = std::chrono::microseconds(slot * 7919 % 3000 - 1000);
        const auto look = begin + std::chrono::nanoseconds(1'000'000'000LL * slot / fps) + uneven;
        int newest = shown;
        while (clock.due(std::chrono::milliseconds((1000 * (newest + 1) + fps / 2) / fps)) <= look) ++newest;
        if (shown >= 0) {
          EXPECT_EQ(newest, shown + 1) << fps << " a second, slot " << slot;
        }
        shown = newest;
      }
    }
  }
}

TEST(PlayClock, a_little_late_changes_nothing_and_more_moves_all_that_follows) {
  PlayClock clock(Pace::Live);
  clock.start(0s, begin);
  clock.came_late(PlayClock::late_max);
  EXPECT_EQ(clock.due(0s), begin + first_due);
  clock.came_late(PlayClock::late_max + 1ms);
  EXPECT_EQ(clock.due(0s), begin + first_due + 51ms);
  EXPECT_EQ(clock.cushion(), PlayClock::cushion_min + 51ms) << "and is expected again";
  for (int i = 0; i < 20; ++i) clock.came_late(1s);
  EXPECT_EQ(clock.cushion(), PlayClock::cushion_max);
}

TEST(PlayClock, what_a_start_brought_too_much_is_given_up_after_a_second) {
  PlayClock clock(Pace::Live);
  clock.start(0s, begin);
  auto now = begin;
  look_for(clock, now, 900ms, 700ms);
  EXPECT_EQ(clock.due(0s), begin + first_due);
  look_for(clock, now, 300ms, 700ms);
  EXPECT_EQ(clock.due(0s), begin + first_due - (700ms - PlayClock::cushion_min));
}

TEST(PlayClock, a_sender_that_is_too_fast_is_followed_in_steps_nobody_sees) {
  PlayClock clock(Pace::Live);
  clock.start(0s, begin);
  auto now = begin;
  look_for(clock, now, 1040ms, PlayClock::cushion_min);
  const auto before = clock.due(0s);
  look_for(clock, now, 10s, PlayClock::cushion_min + 60ms);
  EXPECT_EQ(clock.due(0s), before - PlayClock::step);
  look_for(clock, now, 10s, PlayClock::cushion_min + 50ms);
  EXPECT_EQ(clock.due(0s), before - PlayClock::step) << "so little is left alone";
  look_for(clock, now, 10s, PlayClock::cushion_min + 3s);
  EXPECT_EQ(clock.due(0s), before - PlayClock::step - 3s) << "so much is not";
}

TEST(PlayClock, one_that_sends_in_bursts_keeps_what_it_has_in_advance) {
  PlayClock clock(Pace::Segmented);
  clock.start(0s, begin);
  auto now = begin;
  look_for(clock, now, 30s, 12s);
  EXPECT_EQ(clock.due(0s), begin + first_due);
}

TEST(PlayClock, what_was_needed_once_is_forgotten_slowly) {
  PlayClock clock(Pace::Live);
  clock.start(0s, begin);
  clock.came_late(1s);
  auto now = begin;
  look_for(clock, now, 12s, 1s);
  EXPECT_LT(clock.cushion(), PlayClock::cushion_min + 1s);
  EXPECT_GT(clock.cushion(), PlayClock::cushion_min + 700ms);
}

}  // namespace
}  // namespace worker
