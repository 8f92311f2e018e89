#include "worker/roles/overload.h"

#include <gtest/gtest.h>

using worker::Overload;

namespace {

constexpr int fps = 30;
constexpr int window = fps * Overload::window_seconds;

// One window with `late` late slots; how often the step changed.
int live(Overload& overload, int late, double busy = 0.1) {
  int changes = 0;
  for (int i = 0; i < window; ++i) changes += overload.slot(i < late, busy) ? 1 : 0;
  return changes;
}

int windows_until_up(Overload& overload) {
  int windows = 0;
  const int before = overload.step();
  while (overload.step() == before && windows < 1000) {
    live(overload, 0);
    ++windows;
  }
  return windows;
}

}  // namespace

TEST(Overload, a_fifth_of_late_pictures_is_borne_and_one_more_is_not) {
  Overload overload(fps);
  EXPECT_EQ(live(overload, window / 5), 0);
  EXPECT_EQ(overload.step(), 0);
  EXPECT_EQ(live(overload, window / 5 + 1), 1);
  EXPECT_EQ(overload.step(), 1);
}

TEST(Overload, goes_down_two_steps_and_no_further) {
  Overload overload(fps);
  for (int i = 0; i < 5; ++i) live(overload, window);
  EXPECT_EQ(overload.step(), Overload::steps_max);
}

TEST(Overload, comes_back_after_a_calm_minute_but_not_while_it_is_busy) {
  Overload overload(fps);
  live(overload, window);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(live(overload, 0, Overload::busy_share_max), 0);
  EXPECT_EQ(windows_until_up(overload), Overload::calm_seconds_first / Overload::window_seconds);
  EXPECT_EQ(overload.step(), 0);
}

TEST(Overload, every_relapse_doubles_the_calm_that_is_asked_for) {
  Overload overload(fps);
  int before = 0;
  for (int i = 0; i < 10; ++i) {
    live(overload, window);
    const int windows = windows_until_up(overload);
    EXPECT_GE(windows, before);
    EXPECT_LE(windows * Overload::window_seconds, Overload::calm_seconds_max);
    before = windows;
  }
  EXPECT_EQ(before * Overload::window_seconds, Overload::calm_seconds_max);
}
