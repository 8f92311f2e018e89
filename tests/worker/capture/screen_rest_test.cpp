#include "worker/source/screen_rest.h"

#include <gtest/gtest.h>

namespace worker {
namespace {

common::InputSettings policies(const char* locked, const char* asleep) {
  common::InputSettings settings;
  settings.locked = locked;
  settings.asleep = asleep;
  return settings;
}

TEST(RestOrder, a_screen_that_is_awake_and_open_is_shown_whatever_the_policies) {
  for (const char* locked : {"show", "slate", "wake"})
    for (const char* asleep : {"show", "slate", "wake"})
      EXPECT_EQ(order_for(false, false, policies(locked, asleep)), RestOrder::Show) << locked << asleep;
}

TEST(RestOrder, each_state_has_its_own_policy) {
  EXPECT_EQ(order_for(true, false, policies("slate", "wake")), RestOrder::Hide);
  EXPECT_EQ(order_for(false, true, policies("slate", "wake")), RestOrder::Wake);
  EXPECT_EQ(order_for(true, false, policies("wake", "slate")), RestOrder::Wake);
  EXPECT_EQ(order_for(false, true, policies("wake", "slate")), RestOrder::Hide);
  EXPECT_EQ(order_for(true, false, policies("show", "slate")), RestOrder::Show);
  EXPECT_EQ(order_for(false, true, policies("slate", "show")), RestOrder::Show);
}

TEST(RestOrder, of_both_at_once_hiding_wins_then_waking) {
  EXPECT_EQ(order_for(true, true, policies("slate", "wake")), RestOrder::Hide);
  EXPECT_EQ(order_for(true, true, policies("wake", "slate")), RestOrder::Hide);
  EXPECT_EQ(order_for(true, true, policies("show", "wake")), RestOrder::Wake);
  EXPECT_EQ(order_for(true, true, policies("show", "show")), RestOrder::Show);
}

TEST(RestOrder, both_are_shown_without_a_word) {
  EXPECT_EQ(order_for(true, true, {}), RestOrder::Show);
}

}  // namespace
}  // namespace worker
