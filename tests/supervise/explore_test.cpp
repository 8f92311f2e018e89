// The exhaustive walk. EXPLORE_STATES=n for a longer one.
#include "explore.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace supervisor {
namespace {

std::size_t states_wanted() {
  const char* wanted = std::getenv("EXPLORE_STATES");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 200'000;
}

void walk(bool hot_standby) {
  const auto begin = std::chrono::steady_clock::now();
  const Exploration result = explore(small_settings(hot_standby), states_wanted());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%zu states, %zu steps, depth %d, %.1f s\n", result.states, result.steps, result.depth,
              took.count());
  EXPECT_FALSE(result.broken) << *result.broken;
  EXPECT_GE(result.states, states_wanted());
}

TEST(Explore, no_order_of_events_breaks_a_rule_with_a_hot_standby) {
  walk(true);
}

TEST(Explore, no_order_of_events_breaks_a_rule_without_a_standby) {
  walk(false);
}

}  // namespace
}  // namespace supervisor
