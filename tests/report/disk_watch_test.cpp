#include "supervisor/report/disk_watch.h"

#include <gtest/gtest.h>

namespace {

using supervisor::DiskWatch;
using Level = DiskWatch::Level;

TEST(DiskWatch, tells_each_level_once) {
  DiskWatch watch("/srv", 90);
  EXPECT_FALSE(watch.look(89.9));
  const auto warning = watch.look(90);
  ASSERT_TRUE(warning);
  EXPECT_EQ(warning->level, Level::Warn);
  EXPECT_EQ(warning->text, "the disk of /srv is filling up: 90 % of it are used");
  EXPECT_FALSE(watch.look(94.9));
  const auto critical = watch.look(95);
  ASSERT_TRUE(critical);
  EXPECT_EQ(critical->level, Level::Critical);
  EXPECT_FALSE(watch.look(99));
}

TEST(DiskWatch, does_not_swing_at_a_limit) {
  DiskWatch watch("/srv", 90);
  EXPECT_TRUE(watch.look(96));
  EXPECT_FALSE(watch.look(93.1));
  const auto less = watch.look(93);
  ASSERT_TRUE(less);
  EXPECT_EQ(less->level, Level::Warn);
  EXPECT_FALSE(watch.look(88.1));
  const auto fine = watch.look(88);
  ASSERT_TRUE(fine);
  EXPECT_EQ(fine->level, Level::Fine);
  EXPECT_FALSE(watch.look(89.9));
}

}  // namespace
