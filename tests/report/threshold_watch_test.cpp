#include "supervisor/report/threshold_watch.h"

#include <gtest/gtest.h>

namespace supervisor {
namespace {

TEST(ThresholdWatch, is_high_after_three_checks_at_the_threshold) {
  ThresholdWatch watch(90);
  EXPECT_FALSE(watch.look(90));
  EXPECT_FALSE(watch.look(90));
  EXPECT_FALSE(watch.is_high());
  EXPECT_TRUE(watch.look(90));
  EXPECT_TRUE(watch.is_high());
  EXPECT_FALSE(watch.look(100)) << "told once";
}

TEST(ThresholdWatch, a_check_below_begins_the_count_anew) {
  ThresholdWatch watch(90);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(watch.look(100));
    EXPECT_FALSE(watch.look(100));
    EXPECT_FALSE(watch.look(89.9));
  }
  EXPECT_FALSE(watch.is_high());
}

TEST(ThresholdWatch, is_fine_after_three_checks_five_points_below) {
  ThresholdWatch watch(90);
  for (int i = 0; i < 3; ++i) watch.look(95);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(watch.look(85.1));
  EXPECT_FALSE(watch.look(85));
  EXPECT_FALSE(watch.look(85));
  EXPECT_TRUE(watch.look(85));
  EXPECT_FALSE(watch.is_high());
}

TEST(ThresholdWatch, a_low_threshold_can_be_left_again) {
  ThresholdWatch watch(1);
  EXPECT_DOUBLE_EQ(watch.fine_percent(), 0.9);
  for (int i = 0; i < 3; ++i) watch.look(1);
  EXPECT_TRUE(watch.is_high());
  for (int i = 0; i < 3; ++i) watch.look(0.9);
  EXPECT_FALSE(watch.is_high());
  EXPECT_DOUBLE_EQ(ThresholdWatch(50).fine_percent(), 45);
  EXPECT_DOUBLE_EQ(ThresholdWatch(100).fine_percent(), 95);
}

TEST(ThresholdWatch, a_new_threshold_is_judged_from_the_next_check_on) {
  ThresholdWatch watch(90);
  watch.look(80);
  watch.set_warn_percent(70);
  EXPECT_FALSE(watch.look(80));
  EXPECT_FALSE(watch.look(80));
  EXPECT_TRUE(watch.look(80));
}

}  // namespace
}  // namespace supervisor
