#include "common/histogram.h"

#include <gtest/gtest.h>

namespace common {
namespace {

TEST(Histogram, counts_each_time_in_every_bucket_that_holds_it) {
  PartLateTimes times;
  times.add(25);  // exactly the first bound
  times.add(26);
  times.add(2'501);  // above all
  EXPECT_EQ(times.up_to.front(), 1u);
  EXPECT_EQ(times.up_to[1], 2u);
  EXPECT_EQ(times.up_to.back(), 2u);
  EXPECT_EQ(times.count, 3u);
  EXPECT_DOUBLE_EQ(times.sum_seconds, 2.552);
}

TEST(Histogram, what_was_early_is_not_late_and_the_sum_never_falls) {
  PartLateTimes times;
  times.add(100);
  times.add(-50);
  EXPECT_EQ(times.up_to.front(), 1u);
  EXPECT_DOUBLE_EQ(times.sum_seconds, 0.1);
}

}  // namespace
}  // namespace common
