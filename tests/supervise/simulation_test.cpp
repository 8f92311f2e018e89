// The machine against a hostile world in virtual time: workers that fail in every way, orders at every
// moment, late and doubled events, a loop that freezes. After every step the invariants hold, and when the
// world turns good the stream comes back within its bound. The seed is printed on failure; run one alone with
// SIMULATION_SEED=n.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <set>

#include "hostile_world.h"

namespace supervisor {
namespace {

// How many worlds; SIMULATION_SEEDS=n for a longer walk.
std::uint64_t number_of_seeds() {
  const char* wanted = std::getenv("SIMULATION_SEEDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 10'000;
}

struct Seen {
  std::set<Phase> phases;
  Tally tally;
};

void run_seed(std::uint64_t seed, Seen& seen) {
  HostileWorld world(seed);
  world.run(5min);
  if (!world.broken()) world.turn_good();
  seen.phases.insert(world.phases().begin(), world.phases().end());
  seen.tally += world.tally();
  ASSERT_FALSE(world.broken()) << "seed " << seed << ": " << *world.broken() << "\n" << world.trace();
}

TEST(Simulation, no_rule_is_broken_whatever_the_world_does) {
  Seen seen;
  const std::uint64_t seeds = number_of_seeds();
  if (const char* one = std::getenv("SIMULATION_SEED"))
    return run_seed(std::strtoull(one, nullptr, 10), seen);
  for (std::uint64_t seed = 1; seed <= seeds && !testing::Test::HasFatalFailure(); ++seed)
    run_seed(seed, seen);

  // What the walk never met it cannot have proved.
  EXPECT_EQ(seen.phases.size(), phase_count);
  EXPECT_GT(seen.tally.spawns, seeds * 5);
  EXPECT_GT(seen.tally.recoveries, seeds);
  EXPECT_GT(seen.tally.quarantines, 100u);
  EXPECT_GT(seen.tally.proofs_of_stability, 100u);
  EXPECT_GT(seen.tally.freezes, seeds / 2);
  EXPECT_GT(seen.tally.standbys, seeds);
  EXPECT_GT(seen.tally.promotions, seeds / 4);
  EXPECT_GT(seen.tally.take_overs, seeds / 4);
  EXPECT_GT(seen.tally.cancelled, seeds / 40);
  EXPECT_GT(seen.tally.starved, seeds / 4);
  EXPECT_GT(seen.tally.software, seeds / 4);
  EXPECT_GT(seen.tally.resumed, seeds / 4);
}

// A stream's ordinary life: a fault now and then, and long quiet stretches. Says how much of it a CPU hour
// is.
TEST(Simulation, years_of_ordinary_life_break_no_rule) {
  using Years = std::chrono::duration<double, std::ratio<31'556'952>>;
  const auto begin = std::clock();
  const std::uint64_t worlds = std::min<std::uint64_t>(number_of_seeds() / 100, 100);
  Tally tally;
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
    HostileWorld world(seed);
    world.run_calm(std::chrono::hours(24 * 30));
    tally += world.tally();
    ASSERT_FALSE(world.broken()) << "seed " << seed << ": " << *world.broken() << "\n" << world.trace();
  }
  const double years = Years(std::chrono::hours(24 * 30)).count() * static_cast<double>(worlds);
  const double hours = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / 3600;
  std::printf("%.1f simulated years, %.0f a CPU hour; %llu steps, %llu quiet stretches\n", years,
              years / hours, static_cast<unsigned long long>(tally.steps),
              static_cast<unsigned long long>(tally.leaps));
  EXPECT_GT(tally.leaps, worlds);
}

TEST(Simulation, the_same_seed_tells_the_same_story) {
  HostileWorld first(42);
  HostileWorld second(42);
  first.run(3min);
  second.run(3min);
  EXPECT_EQ(first.trace(), second.trace());
  EXPECT_FALSE(first.trace().empty());
}

}  // namespace
}  // namespace supervisor
