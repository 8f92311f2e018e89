#include "worker/source/freeze_suspicion.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using common::MonoTime;
using worker::FreezeSuspicion;
using worker::Rectangle;

namespace {

constexpr MonoTime start{1000s};
constexpr Rectangle piece{10, 20, 30, 40};

}  // namespace

TEST(FreezeSuspicion, damage_without_change_is_due_after_the_patience_and_not_before) {
  FreezeSuspicion suspicion;
  suspicion.grabbed(piece, false, start);
  EXPECT_FALSE(suspicion.is_due(start + FreezeSuspicion::patience - 1ns));
  EXPECT_TRUE(suspicion.is_due(start + FreezeSuspicion::patience));
  EXPECT_EQ(suspicion.area(), piece);
}

TEST(FreezeSuspicion, an_idle_desktop_is_never_suspected) {
  FreezeSuspicion suspicion;
  for (auto at = start; at < start + 600s; at += 33ms) {
    suspicion.grabbed({}, false, at);
    ASSERT_FALSE(suspicion.is_due(at));
  }
}

TEST(FreezeSuspicion, a_change_clears_it_even_with_damage_in_the_same_grab) {
  FreezeSuspicion suspicion;
  suspicion.grabbed(piece, false, start);
  suspicion.grabbed(piece, true, start + 2900ms);
  EXPECT_FALSE(suspicion.is_due(start + 10s));
  suspicion.grabbed(piece, false, start + 10s);
  EXPECT_FALSE(suspicion.is_due(start + 12s)) << "the three seconds begin anew";
}

TEST(FreezeSuspicion, the_second_look_is_at_all_the_damage) {
  FreezeSuspicion suspicion;
  suspicion.grabbed(piece, false, start);
  suspicion.grabbed({100, 5, 10, 10}, false, start + 1s);
  EXPECT_EQ(suspicion.area(), (Rectangle{10, 5, 100, 55}));
}
