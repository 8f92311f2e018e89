#include "supervisor/supervise/input_history.h"

#include <gtest/gtest.h>

namespace supervisor {
namespace {

TEST(InputHistory, errors_are_bounded_and_the_newest_is_first) {
  InputHistory history(2);
  for (std::size_t i = 0; i <= InputHistory::errors_max; ++i) {
    history.add_error(1, "at", "error " + std::to_string(i));
  }
  ASSERT_EQ(history.errors(1).size(), InputHistory::errors_max);
  EXPECT_EQ(history.errors(1).front().message, "error 10");
  EXPECT_EQ(history.errors(1).back().message, "error 1");
  EXPECT_TRUE(history.errors(0).empty());
}

TEST(InputHistory, the_same_error_again_is_one_entry_with_its_last_time) {
  InputHistory history(1);
  history.add_error(0, "first", "refused");
  history.add_error(0, "second", "refused");
  ASSERT_EQ(history.errors(0).size(), 1u);
  EXPECT_EQ(history.errors(0)[0].at, "second");
}

TEST(InputHistory, an_error_of_an_input_that_is_not_there_is_none) {
  InputHistory history(1);
  history.add_error(-1, "", "x");
  history.add_error(1, "", "x");
  EXPECT_TRUE(history.errors(-1).empty());
  EXPECT_TRUE(history.errors(1).empty());
}

TEST(InputHistory, errors_go_with_their_input_when_the_list_is_edited) {
  InputHistory history(2);
  history.add_error(0, "", "zero");
  history.add_error(1, "", "one");
  history.edit({1, -1, 0});
  EXPECT_EQ(history.errors(0)[0].message, "one");
  EXPECT_TRUE(history.errors(1).empty());
  EXPECT_EQ(history.errors(2)[0].message, "zero");
}

TEST(InputHistory, switches_are_bounded_and_counted_by_reason) {
  InputHistory history(2);
  EXPECT_EQ(history.counts().size(), switch_reason_count) << "every reason is there from the start";
  for (std::size_t i = 0; i <= InputHistory::switches_max; ++i) {
    history.add_switch({"at", static_cast<int>(i), 0, "error", ""});
  }
  ASSERT_EQ(history.switches().size(), InputHistory::switches_max);
  EXPECT_EQ(history.switches().front().from, 32);
  EXPECT_EQ(history.counts().at("error"), 33u);
  EXPECT_EQ(history.counts().at("manual"), 0u);
}

TEST(InputHistory, what_another_process_left_is_bounded_too) {
  InputHistory history(1);
  history.restore(std::vector<SwitchSnapshot>(100));
  EXPECT_EQ(history.switches().size(), InputHistory::switches_max);
}

}  // namespace
}  // namespace supervisor
