#include <gtest/gtest.h>

#include "worker/display/monitors.h"

namespace worker {
namespace {

using common::Monitor;

Monitor monitor(const std::string& name, int x, bool primary = false, const std::string& edid = "") {
  Monitor made;
  made.name = name;
  made.edid = edid;
  made.x = x;
  made.width = 640;
  made.height = 360;
  made.primary = primary;
  return made;
}

const std::vector<Monitor> desk{monitor("DP-1", 0, true, "DEL U2720Q 7XK2"),
                                monitor("HDMI-1", 640, false, "SAM S24 11"),
                                monitor("DP-2", 1280, false, "DEL U2720Q 9AB4")};

std::string chosen(const std::vector<Monitor>& monitors, const std::string& asked) {
  const auto choice = choose_monitor(monitors, asked);
  return choice ? choice->name : choice.error().reason;
}

TEST(ChooseMonitor, second_is_the_first_that_is_not_primary) {
  EXPECT_EQ(chosen(desk, "second"), "HDMI-1");
  EXPECT_EQ(chosen({monitor("A", 0), monitor("B", 640, true)}, "second"), "A");
}

TEST(ChooseMonitor, without_a_primary_the_first_counts_as_it) {
  EXPECT_EQ(chosen({monitor("A", 0), monitor("B", 640)}, "second"), "B");
  EXPECT_EQ(chosen({monitor("A", 0), monitor("B", 640)}, "primary"), "A");
}

TEST(ChooseMonitor, second_is_the_only_one_where_there_is_one) {
  EXPECT_EQ(chosen({monitor("LVDS", 0, true)}, "second"), "LVDS");
}

TEST(ChooseMonitor, words_names_indices_and_edid_find_theirs) {
  EXPECT_EQ(chosen(desk, "primary"), "DP-1");
  EXPECT_EQ(chosen(desk, "DP-2"), "DP-2");
  EXPECT_EQ(chosen(desk, "2"), "DP-2");
  EXPECT_EQ(chosen(desk, "9ab4"), "DP-2");
  EXPECT_EQ(chosen(desk, "SAM S24"), "HDMI-1");
}

TEST(ChooseMonitor, all_is_the_rectangle_around_them) {
  const auto all = choose_monitor(desk, "all");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->name, "all");
  EXPECT_EQ(all->x, 0);
  EXPECT_EQ(all->width, 1920);
  EXPECT_EQ(all->height, 360);
}

TEST(ChooseMonitor, what_is_not_there_is_an_error_that_lists_what_is) {
  for (const char* asked : {"DP-3", "3", "99999999999999999999", "", "u2720q"}) {
    const auto choice = choose_monitor(desk, asked);
    ASSERT_FALSE(choice) << asked;
    EXPECT_TRUE(choice.error().reason.starts_with("monitor: ")) << choice.error().reason;
    EXPECT_NE(choice.error().reason.find("HDMI-1 640x360+640+0 (SAM S24 11)"), std::string::npos);
  }
  EXPECT_EQ(chosen({}, "second"), "monitor: no monitor is connected; there is: none");
}

common::ChosenMonitor before(const std::string& name, const std::string& edid = "") {
  return {name, edid};
}

std::string found(const std::vector<Monitor>& monitors, const common::ChosenMonitor& chosen) {
  const auto again = find_again(monitors, chosen);
  return again ? again->name : again.error().reason;
}

TEST(FindAgain, the_same_monitor_is_found_on_another_connector_and_place) {
  EXPECT_EQ(found({monitor("DP-1", 0, true, "SAM S24 11"), monitor("DP-9", 640, false, "DEL U2720Q 7XK2")},
                  before("DP-1", "DEL U2720Q 7XK2")),
            "DP-9");
}

TEST(FindAgain, order_primary_and_size_do_not_matter) {
  auto moved = monitor("HDMI-1", 0, true, "SAM S24 11");
  moved.width = 1920;
  EXPECT_EQ(found({moved, monitor("DP-1", 1920, false, "DEL U2720Q 7XK2")}, before("HDMI-1", "SAM S24 11")),
            "HDMI-1");
}

TEST(FindAgain, without_edid_the_connector_decides_and_no_other_is_taken) {
  EXPECT_EQ(found({monitor("DUMMY0", 0), monitor("DUMMY1", 0)}, before("DUMMY1")), "DUMMY1");
  EXPECT_EQ(
      found({monitor("DUMMY0", 0, true)}, before("DUMMY1")),
      "monitor: DUMMY1 was captured and is not connected any more; there is: DUMMY0 640x360+0+0 primary");
  EXPECT_EQ(found({}, before("DUMMY1")),
            "monitor: DUMMY1 was captured and is not connected any more; there is: none");
}

TEST(FindAgain, another_monitor_on_the_same_connector_is_not_the_same) {
  for (const char* other : {"SAM S24 11", ""})
    EXPECT_FALSE(find_again({monitor("DP-1", 0, true, other)}, before("DP-1", "DEL U2720Q 7XK2"))) << other;
  EXPECT_FALSE(find_again({monitor("DP-1", 0, true, "SAM S24 11")}, before("DP-1")));
}

class Twins : public testing::Test {
 protected:
  void SetUp() override { tell_twins_apart(both); }
  std::vector<Monitor> both{monitor("DP-1", 0, true, "ACM X 0"), monitor("HDMI-1", 640, false, "SAM S24 11"),
                            monitor("DP-2", 1280, false, "ACM X 0"), monitor("VGA-1", 1920),
                            monitor("VGA-2", 2560)};
};

TEST_F(Twins, are_told_apart_by_connector_and_nobody_else_is_renamed) {
  EXPECT_EQ(both[0].edid, "ACM X 0 @DP-1");
  EXPECT_EQ(both[1].edid, "SAM S24 11");
  EXPECT_EQ(both[2].edid, "ACM X 0 @DP-2");
  EXPECT_EQ(both[3].edid + both[4].edid, "") << "no EDID is no twin";
}

TEST_F(Twins, are_chosen_by_their_whole_text_and_not_by_half_of_it) {
  EXPECT_EQ(chosen(both, "ACM X 0 @DP-2"), "DP-2");
  EXPECT_TRUE(chosen(both, "ACM X 0").starts_with("monitor: \"ACM X 0\" fits more than one"));
}

TEST_F(Twins, are_found_again_on_their_connector_with_and_without_the_other) {
  const auto second = before("DP-2", "ACM X 0 @DP-2");
  EXPECT_EQ(found(both, second), "DP-2");
  EXPECT_EQ(found({monitor("DP-2", 0, true, "ACM X 0")}, second), "DP-2") << "the other one is gone";
  EXPECT_EQ(found(both, before("DP-2", "ACM X 0")), "DP-2") << "chosen before the other one came";
}

TEST_F(Twins, are_never_taken_for_the_other_one_that_is_left) {
  EXPECT_TRUE(found({monitor("DP-1", 0, true, "ACM X 0")}, before("DP-2", "ACM X 0 @DP-2"))
                  .starts_with("monitor: DP-2 (ACM X 0 @DP-2) was captured"));
}

}  // namespace
}  // namespace worker
