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

TEST(FindAgain, the_same_monitor_is_found_on_another_connector_and_place) {
  const Monitor before = monitor("DP-1", 0, true, "DEL U2720Q 7XK2");
  const auto found =
      find_again({monitor("DP-1", 0, true, "SAM S24 11"), monitor("DP-9", 640, false, before.edid)}, before);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "DP-9");
}

TEST(FindAgain, without_edid_the_connector_decides_and_no_other_is_taken) {
  const Monitor before = monitor("DUMMY1", 640);
  EXPECT_TRUE(find_again({monitor("DUMMY0", 0), monitor("DUMMY1", 0)}, before));
  const auto gone = find_again({monitor("DUMMY0", 0, true)}, before);
  ASSERT_FALSE(gone);
  EXPECT_EQ(
      gone.error().reason,
      "monitor: DUMMY1 was captured and is not connected any more; there is: DUMMY0 640x360+0+0 primary");
}

TEST(FindAgain, another_monitor_on_the_same_connector_is_not_the_same) {
  EXPECT_FALSE(
      find_again({monitor("DP-1", 0, true, "SAM S24 11")}, monitor("DP-1", 0, true, "DEL U2720Q 7XK2")));
}

TEST(FindAgain, twins_are_told_apart_by_connector) {
  const std::vector<Monitor> twins{monitor("DP-1", 0, true, "ACM X 0"),
                                   monitor("DP-2", 640, false, "ACM X 0")};
  const auto found = find_again(twins, twins[1]);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "DP-2");
}

}  // namespace
}  // namespace worker
