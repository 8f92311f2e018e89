// Simulated lives of inputs. SIMULATION_SEEDS may lower how many (under a sanitizer); each names its seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "input_world.h"

namespace supervisor {
namespace {

int seeds() {
  const char* const few = std::getenv("SIMULATION_SEEDS");
  return few == nullptr ? 1000 : std::max(10, std::atoi(few) / 10);
}

// Up for `up`, down for `down`, for `time`.
void flap(InputWorld& world, int priority, std::chrono::milliseconds up, std::chrono::milliseconds down,
          std::chrono::milliseconds time) {
  const auto end = world.now() + time;
  while (world.now() < end) {
    world.set_up(priority, false);
    world.pass(down);
    world.set_up(priority, true);
    world.pass(up);
  }
}

TEST(InputSimulation, a_primary_that_flaps_makes_two_switches_in_ten_minutes_at_most) {
  for (const int seconds : {1, 2, 5, 10, 20, 30}) {
    for (const char* const primary : {"url:a", "own:0", "file:f"}) {
      InputWorld world(1, {primary, "url:b", "slate:"});
      world.pass(5s);
      ASSERT_EQ(world.selected(), 0);
      flap(world, 0, std::chrono::seconds(seconds), std::chrono::seconds(seconds), 600s);
      EXPECT_LE(world.switches(), 2) << primary << " every " << seconds << " s";
      EXPECT_EQ(world.selected(), 1) << "it stays on the backup";
      EXPECT_EQ(world.broken(), "");
    }
  }
}

// However it flaps, an input that keeps failing is returned to ever more seldom.
TEST(InputSimulation, no_rhythm_of_flapping_makes_many_switches) {
  int most = 0;
  for (int up = 5; up <= 100; up += 5) {
    InputWorld world(2, {"url:a", "url:b", "slate:"});
    world.pass(5s);
    flap(world, 0, std::chrono::seconds(up), 5s, 600s);
    most = std::max(most, world.switches());
    EXPECT_EQ(world.broken(), "") << up;
  }
  EXPECT_LE(most, 20) << "what works for a minute each time is used: two switches for each of its failures";
}

// What it shows stands still, as the probe sees; never returned to before it moves.
TEST(InputSimulation, a_primary_that_is_frozen_is_left_once_and_returned_to_when_it_moves) {
  for (const char* const primary : {"url:a", "device:v", "file:f"}) {
    InputWorld world(5, {primary, "url:b", "slate:"});
    world.pass(60s);
    world.freeze(0, true);
    world.pass(14'500ms);
    EXPECT_EQ(world.selected(), 1) << "10 s, and 4 s that are the time-out";
    world.pass(3600s);
    EXPECT_EQ(world.switches(), 1) << primary;
    world.freeze(0, false);
    world.pass(45s);
    EXPECT_EQ(world.selected(), 0);
    EXPECT_EQ(world.switches(), 2);
    EXPECT_EQ(world.broken(), "");
  }
}

TEST(InputSimulation, a_primary_that_freezes_again_and_again_is_stayed_away_from) {
  InputWorld world(6, {"url:a", "url:b", "slate:"});
  world.pass(60s);
  for (int i = 0; i < 20; ++i) {
    world.freeze(0, true);
    world.pass(20s);
    world.freeze(0, false);
    world.pass(10s);
  }
  EXPECT_LE(world.switches(), 2);
  EXPECT_EQ(world.broken(), "");
}

TEST(InputSimulation, a_flapping_screen_without_a_backup_is_shown_whenever_it_works) {
  InputWorld world(3, {"own:0", "slate:"});
  world.pass(5s);
  for (int i = 0; i < 50; ++i) {
    world.set_up(0, false);
    world.pass(3s);
    EXPECT_EQ(world.selected(), 1);
    world.set_up(0, true);
    world.pass(1s);
    EXPECT_EQ(world.selected(), 0) << i;
  }
}

TEST(InputSimulation, all_dead_is_the_slate_within_its_time_and_the_first_good_one_is_back_in_five_seconds) {
  for (const bool says_why : {false, true}) {
    InputWorld world(4, {"url:a", "file:f", "url:c", "slate:"});
    world.pass(60s);
    for (int i = 0; i < 3; ++i) world.set_up(i, false, says_why);
    world.pass(says_why ? 500ms : 9'000ms);
    EXPECT_TRUE(world.state().exhausted);
    world.pass(300s);
    EXPECT_TRUE(world.state().exhausted);
    world.set_up(2, true);
    // A probe each 2.5 s, and up to 1 s and 1.5 s that this world takes for a probe and an opening.
    world.pass(5s);
    EXPECT_EQ(world.selected(), 2);
    EXPECT_FALSE(world.state().exhausted);
    EXPECT_EQ(world.broken(), "");
  }
}

TEST(InputSimulation, whatever_happens_no_rule_is_broken_and_in_the_end_the_best_input_is_on_air) {
  for (int seed = 1; seed <= seeds(); ++seed) {
    InputWorld world(static_cast<std::uint64_t>(seed),
                     {"own:0", "url:a", "device:v", "file:f", "device:v#2", "slate:"});
    std::mt19937_64 pace(static_cast<std::uint64_t>(seed));
    for (int i = 0; i < 60 && world.broken().empty(); ++i) {
      world.disturb();
      world.pass(std::chrono::milliseconds(pace() % 8000));
    }
    ASSERT_EQ(world.broken(), "") << "seed " << seed;
    world.calm();
    world.pass(400s);
    ASSERT_EQ(world.broken(), "") << "seed " << seed;
    ASSERT_FALSE(world.state().exhausted) << "seed " << seed;
    // What needs the device of the input on air cannot be proved.
    const std::string& needed = at(world.state(), 0).traits.exclusive;
    const bool taken = !needed.empty() && at(world.state(), world.selected()).traits.exclusive == needed;
    ASSERT_TRUE(world.selected() == 0 || taken) << "seed " << seed << ": " << world.selected();
  }
}

}  // namespace
}  // namespace supervisor
