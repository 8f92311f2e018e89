#include "supervisor/keep/dead_man.h"

#include <gtest/gtest.h>

#include <thread>

namespace {

using namespace std::chrono_literals;
using supervisor::DeadMan;
using supervisor::DeadManSettings;

void stuck() {
  DeadMan dead_man({100ms, 10ms});
  const DeadMan::Step step("a test");
  std::this_thread::sleep_for(20s);
}

TEST(DeadManDeathTest, says_where_the_loop_is_stuck_and_aborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(stuck(), "the event loop does not turn; step: a test; kernel: .*; stack:\n.*nanosleep");
}

TEST(DeadMan, leaves_a_loop_that_turns_alone) {
  DeadMan dead_man({100ms, 10ms});
  for (int i = 0; i < 30; ++i) {
    dead_man.turned();
    std::this_thread::sleep_for(10ms);
  }
}

}  // namespace
