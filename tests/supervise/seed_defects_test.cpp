// What the first Python supervisor of this kind got wrong, one test for each of its 31 defects that belongs
// to this room. Those of pipes, processes and threads (d06 d07 d09 d19 d20 d21 d23 d27 d28) belong to the
// shell; mutants_test.cpp puts some of these defects in and shows that the simulation finds them too.
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <limits>

#include "stream.h"
#include "supervisor/supervise/saved.h"

namespace supervisor {
namespace {

TEST(SeedDefect, d01_a_spawn_that_worked_does_not_reset_the_backoff) {
  Stream stream;
  stream.start();
  for (int i = 0; i < 4; ++i) {
    stream.spawned().exit_code(1);
    if (stream.phase() == Phase::Backoff) stream.pass_deadline();
  }
  EXPECT_EQ(stream.state.history.delay, 1s);
}

TEST(SeedDefect, d02_a_few_healthy_seconds_do_not_reset_the_backoff) {
  Stream stream;
  stream.start();
  for (int i = 0; i < 4; ++i) {
    stream.come_up().deliver(6s).exit_code(1);
    if (stream.phase() == Phase::Backoff) stream.pass_deadline();
  }
  EXPECT_EQ(stream.state.history.delay, 1s);
}

TEST(SeedDefect, d03_a_hang_is_ended_not_only_logged) {
  Stream stream;
  stream.start().come_up().pass(1s);
  EXPECT_EQ(stream.last(), "open hang, fence 1, kill 1, spawn 2");
}

TEST(SeedDefect, d04_what_the_supervisor_says_to_the_worker_is_no_sign_of_its_life) {
  Stream stream;
  stream.start().come_up().pass(900ms).on(OperatorRestart{}).on(ConfigChanged{false}).on(OperatorStart{});
  stream.on(LoopLate{10ms}).pass(100ms);
  EXPECT_EQ(stream.count<OpenIncident>(), 1);
}

TEST(SeedDefect, d05_heartbeats_without_published_parts_are_not_health) {
  Stream stream;
  stream.start().come_up();
  for (int i = 0; i < 100 && stream.phase() == Phase::Healthy; ++i)
    stream.pass(250ms).on(HeartbeatReceived{1});
  EXPECT_EQ(stream.description().reason, "stall: alive, but nothing is published");
}

TEST(SeedDefect, d08_a_stop_waits_for_nothing_and_has_its_own_deadline) {
  Stream stream;
  stream.start().come_up().stop();
  EXPECT_EQ(stream.until_deadline(), stream.machine.settings.stop_timeout);
}

TEST(SeedDefect, d10_a_restart_during_backoff_starts_one_worker_not_two) {
  Stream stream;
  stream.start().spawned().exit_code(1).spawned().exit_code(1);
  ASSERT_EQ(stream.phase(), Phase::Backoff);
  stream.pass(150ms).on(OperatorRestart{}).pass(500ms);
  EXPECT_EQ(stream.count<Spawn>(), 3);
}

TEST(SeedDefect, d11_a_stop_that_races_a_restart_wins_when_it_comes_last) {
  Stream stream;
  stream.start().come_up().on(OperatorRestart{}).stop().exit_code(0).pass(24h);
  EXPECT_EQ(stream.phase(), Phase::Stopped);
  EXPECT_LE(stream.count<Spawn>(), 2);
}

TEST(SeedDefect, d12_a_restart_before_any_start_is_a_supervised_start) {
  Stream stream;
  stream.on(OperatorRestart{}).come_up().pass(1s);
  EXPECT_EQ(stream.count<OpenIncident>(), 1) << "its hang is seen";
}

TEST(SeedDefect, d13_a_start_after_too_many_failures_starts) {
  Stream stream({.max_restarts = 0});
  stream.start().spawned().exit_code(1);
  ASSERT_EQ(stream.phase(), Phase::Hold);
  stream.pass(1s).start();
  EXPECT_EQ(stream.phase(), Phase::Starting);
}

TEST(SeedDefect, d14_no_failure_is_for_ever) {
  for (const int code : {0, 1, 69, 70, 71, 74, 76, 78, 127}) {
    Stream stream;
    stream.start();
    for (int life = 0; life < 50; ++life) {
      if (stream.phase() != Phase::Starting) stream.pass_deadline();
      ASSERT_EQ(stream.phase(), Phase::Starting) << "exit " << code << " life " << life;
      stream.spawned().exit_code(code);
    }
  }
}

TEST(SeedDefect, d15_the_first_failed_start_is_retried_like_any_other) {
  Stream stream;
  stream.start().on(SpawnFailed{1, EAGAIN});
  EXPECT_EQ(stream.phase(), Phase::Backoff) << "never within the same turn of the loop";
  EXPECT_LE(stream.until_deadline(), Milliseconds(250));
  stream.pass_deadline();
  EXPECT_EQ(stream.phase(), Phase::Starting);
  stream.on(SpawnFailed{2, EAGAIN});
  EXPECT_EQ(stream.phase(), Phase::Backoff);
}

TEST(SeedDefect, d16_a_start_that_failed_is_no_restart) {
  Stream stream;
  stream.start().come_up().killed_by(SIGSEGV).on(SpawnFailed{2, EAGAIN});
  EXPECT_EQ(stream.description().restart_count, 0u);
  stream.pass_deadline().spawned();
  EXPECT_EQ(stream.description().restart_count, 1u);
}

TEST(SeedDefect, d17_an_exit_is_counted_once) {
  Stream stream;
  stream.start().spawned().exit_code(1);
  stream.on(SpawnFailed{2, EAGAIN});
  stream.on(Exited{1, {.code = 1}}).on(Exited{1, {.code = 1}});
  EXPECT_EQ(stream.state.exits, 1u);
  EXPECT_EQ(stream.description().exit_codes, std::vector<std::string>{"1"});
}

TEST(SeedDefect, d18_a_stream_that_retries_says_so) {
  Stream stream;
  stream.start().spawned().exit_code(1).spawned().exit_code(71);
  EXPECT_EQ(stream.description().state, "backoff");
  EXPECT_EQ(stream.description().reason, "encoder: exit 71");
  EXPECT_GT(stream.description().next_retry_ms, 0);
}

TEST(SeedDefect, d22_stopped_is_not_said_while_the_worker_lives) {
  Stream stream;
  stream.start().come_up().stop().pass(4s);
  EXPECT_EQ(stream.description().state, "stopping");
  stream.killed_by(SIGKILL);
  EXPECT_EQ(stream.description().state, "stopped");
}

TEST(SeedDefect, d24_the_successor_of_a_supervisor_gives_no_generation_twice) {
  Stream stream;
  stream.start().come_up();
  stream.state = restore(save(stream.state, stream.now), 1, stream.now);
  stream.on(Resume{});
  EXPECT_EQ(stream.last(), "spawn 2");
  stream.on(Spawned{1, 7}).on(HelloReceived{1}).on(MediaAdmitted{1});
  EXPECT_EQ(stream.phase(), Phase::Starting) << "an orphan of the former one is not believed";
}

TEST(SeedDefect, d25_the_same_story_at_another_time_of_the_clock_ends_the_same) {
  const auto story = [](common::MonoTime begin) {
    Stream stream;
    stream.now = begin;
    stream.start().come_up().deliver(10s).killed_by(SIGSEGV).come_up().pass(1s).killed_by(SIGKILL).pass(
        100ms);
    return text_of(stream.all());
  };
  EXPECT_EQ(story(common::MonoTime(1s)), story(common::MonoTime(90000h)));
}

TEST(SeedDefect, d26_five_thousand_failures_in_a_row_overflow_nothing) {
  Stream stream({.max_restarts = std::numeric_limits<int>::max()});
  stream.start();
  for (int i = 0; i < 5000; ++i) {
    if (stream.phase() == Phase::Backoff) {
      EXPECT_LE(stream.until_deadline(), 37'500ms);
      stream.pass_deadline();
    }
    ASSERT_EQ(stream.phase(), Phase::Starting) << i;
    stream.spawned().exit_code(1);
  }
}

TEST(SeedDefect, d29_a_death_is_answered_in_the_same_step) {
  Stream stream;
  stream.start().come_up().prove_stable().killed_by(SIGSEGV);
  EXPECT_EQ(stream.last(), "fence 1, open crash, spawn 2");
}

TEST(SeedDefect, d30_causes_that_differ_are_treated_differently_and_delays_are_spread) {
  const auto after = [](int code) {
    Stream stream;
    stream.start().spawned().exit_code(code);
    return stream.phase();
  };
  EXPECT_EQ(after(1), Phase::Starting);
  EXPECT_EQ(after(76), Phase::Backoff);
  EXPECT_EQ(after(78), Phase::Blocked);
  const auto delay = [](std::uint64_t seed) {
    Stream stream({}, seed);
    stream.start().spawned().exit_code(76);
    return stream.until_deadline();
  };
  EXPECT_NE(delay(1), delay(2));
}

TEST(SeedDefect, d31_a_worker_that_only_exists_is_not_healthy) {
  Stream stream;
  stream.start().spawned().hello().ready();
  EXPECT_EQ(stream.description().state, "starting");
}

}  // namespace
}  // namespace supervisor
