#include "worker/source/list_edit.h"

#include <gtest/gtest.h>

namespace worker {
namespace {

common::EditInput line(std::uint64_t revision, int priority, int count, const std::string& url = "") {
  common::EditInput edit{revision, priority, count, {}};
  edit.input.url = url;
  return edit;
}

TEST(ListEdit, a_list_is_complete_with_its_last_line) {
  ListEdit edit;
  EXPECT_FALSE(edit.add(line(4, 0, 2, "a")).value());
  const auto list = edit.add(line(4, 1, 2, "b")).value();
  ASSERT_TRUE(list);
  EXPECT_EQ(list->revision, 4u);
  ASSERT_EQ(list->inputs.size(), 2u);
  EXPECT_EQ(list->inputs[1].url, "b");
}

TEST(ListEdit, one_with_a_gap_or_a_mixture_is_refused_and_begins_anew) {
  ListEdit edit;
  EXPECT_FALSE(edit.add(line(4, 1, 2))) << "no first line";
  for (const auto& wrong : {line(4, 2, 3), line(5, 1, 3), line(4, 1, 2)}) {
    EXPECT_TRUE(edit.add(line(4, 0, 3)));
    EXPECT_FALSE(edit.add(wrong));
    EXPECT_FALSE(edit.add(line(4, 1, 3))) << "what was collected is gone";
  }
  EXPECT_TRUE(edit.add(line(6, 0, 9)));
  EXPECT_TRUE(edit.add(line(7, 0, 1)).value()) << "a first line begins a new list";
}

TEST(ListEdit, what_only_the_supervisor_goes_by_does_not_make_another_source) {
  common::InputSettings one;
  auto other = one;
  other.chosen_monitor = common::ChosenMonitor{"DP-1", ""};
  other.exclusive = true;
  other.timeout = 3;
  EXPECT_TRUE(is_same_source(one, other));
  other.black_after = 5;
  EXPECT_FALSE(is_same_source(one, other)) << "somebody has to look at its pictures now";
  one.frozen_after = 60;
  EXPECT_TRUE(is_same_source(one, other)) << "somebody did already";
  other.display = ":1";
  EXPECT_FALSE(is_same_source(one, other));
}

}  // namespace
}  // namespace worker
