// Does the judge see anything? Each row is a small deliberate defect, put in after every step of the machine:
// the hostile world or the exhaustive walk must find it.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "explore.h"
#include "hostile_world.h"

namespace supervisor {
namespace {

template <typename Kind>
void remove(std::vector<Action>& actions) {
  std::erase_if(actions, [](const Action& one) { return std::holds_alternative<Kind>(one); });
}

template <typename Kind>
bool contains(const std::vector<Action>& actions) {
  return std::any_of(actions.begin(), actions.end(),
                     [](const Action& one) { return std::holds_alternative<Kind>(one); });
}

struct Defect {
  const char* name;
  void (*spoil)(const State& before, const Event& event, State& after, std::vector<Action>& actions);
};

using Actions = std::vector<Action>;

// Where a defect of the first supervisor's design is meant, its number is named (d05).
const Defect defects[] = {
    {"d01: a spawn resets the backoff",
     [](const State&, const Event&, State& after, Actions& actions) {
       if (contains<Spawn>(actions)) forgive(after.history);
     }},
    {"d02: a heartbeat resets the backoff",
     [](const State&, const Event& event, State& after, Actions&) {
       if (std::holds_alternative<HeartbeatReceived>(event)) forgive(after.history);
     }},
    {"d05: a heartbeat counts as progress",
     [](const State&, const Event& event, State& after, Actions&) {
       if (std::holds_alternative<HeartbeatReceived>(event) && after.worker && after.worker->health.progress)
         after.worker->health.progress = after.worker->health.sign_of_life;
     }},
    {"d10: a spawn beside one that nobody knows",
     [](const State&, const Event& event, State& after, Actions&) {
       if (std::holds_alternative<OperatorRestart>(event)) after.worker.reset();
     }},
    {"d11: a stop that spawns",
     [](const State&, const Event& event, State& after, Actions& actions) {
       if (std::holds_alternative<OperatorStop>(event)) actions.push_back(Spawn{++after.generation});
     }},
    {"d13: a failure changes what is desired",
     [](const State&, const Event& event, State& after, Actions&) {
       if (std::holds_alternative<Exited>(event)) after.desired_up = false;
     }},
    {"d14: a hold without an end",
     [](const State&, const Event&, State& after, Actions&) {
       if (after.phase == Phase::Hold) after.due.reset();
     }},
    {"d22: one that was told to end is forgotten",
     [](const State&, const Event&, State& after, Actions&) { after.retiring.clear(); }},
    {"no fence", [](const State&, const Event&, State&, Actions& actions) { remove<Fence>(actions); }},
    {"an incident is never closed",
     [](const State&, const Event&, State&, Actions& actions) { remove<CloseIncident>(actions); }},
    {"two spawns in a row",
     [](const State&, const Event&, State& after, Actions&) { after.last_spawn.reset(); }},
    {"a ready standby publishes beside the worker",
     [](const State&, const Event& event, State& after, Actions& actions) {
       const WorkerReady* ready = std::get_if<WorkerReady>(&event);
       if (ready != nullptr && after.standby && after.standby->generation == ready->generation)
         actions.push_back(Activate{ready->generation});
     }},
    {"a promotion forgets the standby",
     [](const State& before, const Event&, State& after, Actions&) {
       if (before.standby && !after.standby && after.worker &&
           after.worker->generation == before.standby->generation)
         after.worker->generation = before.worker->generation;
     }},
    {"a take-over is cancelled but goes on",
     [](const State&, const Event&, State& after, Actions& actions) {
       if (after.standby && after.standby->stage == Standby::Stage::TakingOver)
         actions.push_back(CancelTakeOver{after.standby->generation});
     }},
    {"a standby outlives the order to stop",
     [](const State& before, const Event& event, State& after, Actions&) {
       if (std::holds_alternative<OperatorStop>(event) && before.standby) after.standby = before.standby;
     }},
    {"one that does not end is never left behind",
     [](const State&, const Event& event, State& after, Actions&) {
       if (std::holds_alternative<Tick>(event))
         for (Retiring& one : after.retiring) one.due += std::chrono::hours(1);
     }},
    {"the hardware encoder is given up",
     [](const State&, const Event&, State& after, Actions&) { after.hardware_due.reset(); }},
    {"a worker that is started while paused shows the picture",
     [](const State&, const Event&, State&, Actions& actions) {
       for (Action& action : actions)
         if (Spawn* spawn = std::get_if<Spawn>(&action)) spawn->paused = false;
     }},
    {"a failure ends the pause",
     [](const State&, const Event& event, State& after, Actions& actions) {
       if (std::holds_alternative<Exited>(event) && std::exchange(after.paused, false))
         actions.push_back(SetPaused{false});
     }},
    {"a pause that only the state knows",
     [](const State&, const Event&, State&, Actions& actions) { remove<SetPaused>(actions); }},
    {"unkillable ones without number",
     [](const State&, const Event& event, State& after, Actions&) {
       if (std::holds_alternative<Exited>(event) && after.quarantine.size() == 1)
         after.quarantine.insert(after.quarantine.end(), {after.generation + 1, after.generation + 2});
     }},
};

bool the_world_finds(const Defect& defect) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    HostileWorld world(seed, defect.spoil);
    world.run(std::chrono::minutes(5));
    if (!world.broken()) world.turn_good();
    if (world.broken()) return true;
  }
  return false;
}

TEST(Mutants, the_hostile_world_or_the_walk_finds_every_defect) {
  for (const Defect& defect : defects) {
    EXPECT_TRUE(the_world_finds(defect) || explore(small_settings(true), 20'000, defect.spoil).broken)
        << defect.name;
  }
}

TEST(Mutants, a_counter_example_of_the_walk_is_a_list_of_events) {
  const Exploration found = explore(small_settings(true), 20'000, defects[8].spoil);
  ASSERT_TRUE(found.broken) << defects[8].name;
  EXPECT_NE(found.broken->find("\n  0 ms OperatorStart -> Starting: spawn 1"), std::string::npos)
      << *found.broken;
  EXPECT_LE(std::count(found.broken->begin(), found.broken->end(), '\n'), 6) << *found.broken;
}

}  // namespace
}  // namespace supervisor
