#include "worker/roles/overload.h"

#include <gtest/gtest.h>

using worker::Overload;

namespace {

constexpr int fps = 30;
constexpr int steps = 3;
constexpr int window = fps * Overload::window_seconds;
constexpr int late_all = window;

int seconds_of_a_window(const Overload& overload) {
  return overload.step() > 0 ? Overload::window_seconds_below : Overload::window_seconds;
}

// One window with `late` late slots; how often the step changed.
int live(Overload& overload, int late, double busy = 0.1) {
  int changes = 0;
  const int slots = fps * seconds_of_a_window(overload);
  for (int i = 0; i < slots; ++i) changes += overload.slot(i < late, busy) ? 1 : 0;
  return changes;
}

int seconds_until_up(Overload& overload) {
  int seconds = 0;
  const int before = overload.step();
  while (overload.step() == before && seconds < 10'000) {
    seconds += seconds_of_a_window(overload);
    live(overload, 0);
  }
  return seconds;
}

}  // namespace

TEST(Overload, a_fifth_of_late_pictures_is_borne_and_one_more_is_not) {
  Overload overload(fps, steps);
  EXPECT_EQ(live(overload, window / 5), 0);
  EXPECT_EQ(overload.step(), 0);
  EXPECT_EQ(live(overload, window / 5 + 1), 1);
  EXPECT_EQ(overload.step(), 1);
}

TEST(Overload, goes_down_step_by_step_and_no_further_and_sooner_after_the_first) {
  Overload overload(fps, steps);
  int slots = 0;
  for (int step = 1; step <= steps; ++step) {
    while (overload.step() < step && slots < 10'000) {
      overload.slot(true, 1);
      ++slots;
    }
  }
  EXPECT_EQ(slots, fps * (Overload::window_seconds + (steps - 1) * Overload::window_seconds_below));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(live(overload, late_all), 0);
  EXPECT_EQ(overload.step(), steps);
}

TEST(Overload, without_steps_nothing_changes) {
  Overload overload(fps, 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(live(overload, late_all), 0);
}

TEST(Overload, comes_back_step_by_step_after_calm_minutes_but_not_while_it_is_busy) {
  Overload overload(fps, steps);
  for (int i = 0; i < 2; ++i) live(overload, late_all);
  ASSERT_EQ(overload.step(), 2);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(live(overload, 0, Overload::busy_share_max), 0);
  EXPECT_EQ(seconds_until_up(overload), Overload::calm_seconds_first);
  EXPECT_EQ(overload.step(), 1);
  EXPECT_EQ(seconds_until_up(overload), Overload::calm_seconds_first);
  EXPECT_EQ(overload.step(), 0);
}

TEST(Overload, every_relapse_doubles_the_calm_that_is_asked_for) {
  Overload overload(fps, steps);
  int before = 0;
  for (int i = 0; i < 10; ++i) {
    live(overload, late_all);
    const int seconds = seconds_until_up(overload);
    EXPECT_GE(seconds, before);
    EXPECT_LE(seconds, Overload::calm_seconds_max);
    before = seconds;
  }
  EXPECT_EQ(before, Overload::calm_seconds_max);
}

TEST(Overload, one_late_picture_in_a_window_does_not_bring_it_down_but_keeps_it_down) {
  Overload overload(fps, steps);
  live(overload, late_all);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(live(overload, 1), 0);
}
