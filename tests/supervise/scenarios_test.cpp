// Stories of a stream, each longer than one cell of the table.
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

#include "stream.h"

namespace supervisor {
namespace {

TEST(Supervision, a_worker_is_let_to_publish_only_when_it_is_ready) {
  Stream stream;
  stream.start().spawned().hello();
  EXPECT_EQ(stream.count<Activate>(), 0);
  stream.ready();
  EXPECT_EQ(stream.last(), "activate 1");
  stream.ready();
  EXPECT_EQ(stream.last(), "") << "a second ready";
  stream.part();
  EXPECT_EQ(stream.phase(), Phase::Healthy);
  EXPECT_EQ(stream.description().state, "healthy");
  EXPECT_EQ(stream.description().reason, "");
  EXPECT_EQ(stream.description().worker_pid, 1001);
}

TEST(Supervision, a_crash_loop_grows_its_delay_although_each_life_delivers) {
  Stream stream;
  stream.start();
  std::vector<Milliseconds> delays;
  for (int i = 0; i < 8; ++i) {
    stream.come_up().deliver(5s).killed_by(SIGSEGV);
    delays.push_back(stream.state.history.delay);
    if (stream.phase() == Phase::Backoff) stream.pass_deadline();
    ASSERT_EQ(stream.phase(), Phase::Starting);
  }
  EXPECT_EQ(delays, (std::vector<Milliseconds>{0ms, 250ms, 500ms, 1s, 2s, 4s, 8s, 16s}));
}

TEST(Supervision, a_monthly_crash_is_answered_at_once_each_time) {
  Stream stream;
  stream.start();
  for (int month = 0; month < 3; ++month) {
    stream.come_up().prove_stable();
    stream.killed_by(SIGSEGV);
    EXPECT_EQ(stream.phase(), Phase::Starting);
    EXPECT_EQ(stream.state.generation, static_cast<Generation>(month + 2));
  }
}

TEST(Supervision, a_thousand_kills_in_a_row_are_all_answered_under_the_operators_limits) {
  Stream stream({.restart_delay = 50ms, .backoff_max = 200ms, .stable_after = 1s, .max_restarts = 2000});
  stream.start();
  for (int i = 0; i < 1000; ++i) {
    stream.come_up().killed_by(SIGKILL);
    if (stream.phase() == Phase::Backoff) stream.pass_deadline();
    ASSERT_EQ(stream.phase(), Phase::Starting) << i;
  }
  EXPECT_EQ(stream.description().restart_count, 999u);
  EXPECT_EQ(stream.description().exit_codes.size(), 10u);
}

TEST(Supervision, stop_during_backoff_stops_and_nothing_wakes_it) {
  Stream stream;
  stream.start().spawned().exit_code(1).spawned().exit_code(1);
  ASSERT_EQ(stream.phase(), Phase::Backoff);
  stream.stop();
  EXPECT_EQ(stream.phase(), Phase::Stopped);
  const int spawns = stream.count<Spawn>();
  stream.pass(24h);
  EXPECT_EQ(stream.count<Spawn>(), spawns);
}

TEST(Supervision, a_worker_that_ignores_everything_is_asked_killed_again_and_left_behind) {
  Stream stream;
  stream.start().come_up().stop();
  EXPECT_EQ(stream.last(), "fence 1, quit 1, term 1, cont 1");
  stream.pass(3s);
  EXPECT_EQ(stream.last(), "kill 1");
  stream.pass(1s);
  EXPECT_EQ(stream.last(), "kill 1");
  stream.pass(1s);
  EXPECT_EQ(stream.last(), "kill 1, quarantine 1");
  EXPECT_EQ(stream.phase(), Phase::Stopped);
  EXPECT_EQ(stream.description().quarantine, std::vector<Generation>{1});
  stream.on(Exited{1, {.signal = SIGKILL}});
  EXPECT_TRUE(stream.description().quarantine.empty());
}

TEST(Supervision, an_unkillable_worker_is_replaced_and_the_fourth_waits_for_room) {
  Stream stream;
  stream.start();
  for (Generation g = 1; g <= 3; ++g) {
    while (stream.phase() == Phase::Backoff) stream.pass_deadline();
    ASSERT_EQ(stream.generation(), g);
    stream.come_up().pass(1s);
    ASSERT_NE(stream.phase(), Phase::Healthy);
    EXPECT_EQ(stream.state.retiring.back().generation, g);
  }
  stream.pass(5s);
  EXPECT_EQ(stream.phase(), Phase::Blocked);
  EXPECT_EQ(stream.state.quarantine.size(), 3u);
  stream.pass(1h);
  EXPECT_EQ(stream.generation(), 3u) << "no fourth while three are held";
  stream.on(Exited{2, {.signal = SIGKILL}});
  EXPECT_EQ(stream.phase(), Phase::Starting);
}

TEST(Supervision, a_hang_is_killed_within_its_timeout_and_recovery_is_measured_from_there) {
  Stream stream;
  stream.start().come_up().prove_stable().pass(1s);
  EXPECT_EQ(stream.last(), "open hang, fence 1, kill 1, spawn 2");
  stream.pass(100ms).on(Exited{1, {.signal = SIGKILL}});
  stream.spawned().hello().ready().pass(400ms).part();
  EXPECT_EQ(stream.last(), "recovered");
  EXPECT_EQ(stream.description().last_recovery_ms, 500);
  EXPECT_EQ(stream.notes(), "killed 1, reaped 1, spawned 2");
}

TEST(Supervision, a_stall_is_asked_for_a_second_and_then_killed) {
  Stream stream;
  stream.start().come_up();
  for (int i = 0; i < 11; ++i) stream.pass(500ms).on(HeartbeatReceived{1});
  stream.pass(500ms);
  EXPECT_EQ(stream.last(), "open stall, fence 1, quit 1, term 1, cont 1, spawn 2");
  EXPECT_EQ(stream.description().reason, "stall: alive, but nothing is published");
  stream.spawned().pass(1s);
  EXPECT_EQ(stream.last(), "kill 1");
  stream.on(Exited{1, {.signal = SIGKILL}});
  EXPECT_TRUE(stream.state.retiring.empty());
  EXPECT_EQ(stream.count<OpenIncident>(), 1);
}

TEST(Supervision, slow_inputs_and_encoders_are_no_hang_before_the_first_part) {
  Stream stream;
  stream.start().spawned().hello().on(HeartbeatReceived{1}).pass(14'999ms);
  EXPECT_EQ(stream.phase(), Phase::Warmup);
  stream.pass(1ms);
  EXPECT_EQ(stream.phase(), Phase::Backoff);
  EXPECT_EQ(stream.description().reason, "startup_timeout: no media");
}

TEST(Supervision, a_worker_is_excused_once_when_the_supervisor_itself_was_late) {
  Stream stream;
  stream.start().come_up();
  stream.now += 3s;
  stream.on(LoopLate{3s}).on(Tick{});
  EXPECT_EQ(stream.phase(), Phase::Healthy);
  stream.now += 900ms;
  stream.on(LoopLate{2s});
  stream.pass(100ms);
  EXPECT_EQ(stream.phase(), Phase::Starting);
}

TEST(Supervision, a_tick_that_comes_late_is_own_lateness_even_if_nobody_says_so) {
  Stream stream;
  stream.start().come_up();
  stream.now += 2'001ms;
  stream.on(Tick{});
  EXPECT_EQ(stream.phase(), Phase::Healthy);
  stream.pass(1s);
  EXPECT_EQ(stream.phase(), Phase::Starting);
}

TEST(Supervision, lateness_of_exactly_one_second_excuses_nothing) {
  Stream stream;
  stream.start().come_up();
  stream.now += 1s;
  stream.on(LoopLate{1s}).on(Tick{});
  EXPECT_EQ(stream.phase(), Phase::Starting);
}

TEST(Supervision, lateness_while_it_starts_gives_it_more_time) {
  Stream stream;
  stream.start().spawned();
  stream.now += 6s;
  stream.on(LoopLate{6s}).on(Tick{});
  EXPECT_EQ(stream.phase(), Phase::Starting);
  stream.hello();
  EXPECT_EQ(stream.phase(), Phase::Warmup);
}

TEST(Supervision, a_worker_is_not_declared_unkillable_because_the_supervisor_was_late) {
  Stream stream;
  stream.start().come_up().pass(1s);
  ASSERT_EQ(stream.state.retiring.size(), 1u);
  stream.now += 8s;
  stream.on(Tick{});
  EXPECT_EQ(stream.count<Quarantine>(), 0);
  stream.on(Exited{1, {.signal = SIGKILL}});
  EXPECT_TRUE(stream.state.retiring.empty());
}

TEST(Supervision, hold_is_half_open_and_a_trial_that_proves_itself_ends_it) {
  Stream stream({.max_restarts = 1});
  stream.start().spawned().exit_code(1).spawned().exit_code(1);
  ASSERT_EQ(stream.phase(), Phase::Hold);
  EXPECT_GE(stream.until_deadline(), 225s);
  EXPECT_EQ(stream.description().next_retry_ms, stream.until_deadline().count());
  stream.pass_deadline().spawned().exit_code(1);
  ASSERT_EQ(stream.phase(), Phase::Hold);
  EXPECT_GE(stream.until_deadline(), 450s) << "the second hold is longer";
  stream.pass_deadline().come_up().prove_stable();
  EXPECT_EQ(stream.state.history.holds, 0);
  stream.exit_code(1);
  EXPECT_EQ(stream.phase(), Phase::Starting) << "forgiven: at once";
}

TEST(Supervision, the_operator_starts_at_once_from_backoff_hold_and_blocked) {
  for (const int code : {1, 78}) {
    for (const int max_restarts : {0, 100}) {
      Stream stream({.restart_delay = 60s, .backoff_max = 60s, .max_restarts = max_restarts});
      stream.start().spawned().exit_code(code);
      if (stream.phase() == Phase::Starting) stream.spawned().exit_code(code);
      ASSERT_NE(stream.phase(), Phase::Starting);
      stream.pass(1s).start();
      EXPECT_EQ(stream.phase(), Phase::Starting);
      EXPECT_EQ(stream.state.history.score_milli, 0);
    }
  }
}

TEST(Supervision, a_planned_restart_is_not_charged_and_no_incident) {
  Stream stream;
  stream.start().come_up();
  for (int i = 0; i < 50; ++i) {
    stream.deliver(900ms).on(OperatorRestart{});
    stream.park().on(MediaAdmitted{stream.standby()});
    ASSERT_EQ(stream.phase(), Phase::Healthy) << i;
    stream.on(Exited{stream.generation() - 1, {.code = 0}});
  }
  EXPECT_EQ(stream.state.history.failures, 0);
  EXPECT_EQ(stream.count<OpenIncident>(), 0);
  EXPECT_EQ(stream.description().restart_count, 50u);
}

TEST(Supervision, a_storm_of_restarts_spawns_at_most_every_quarter_of_a_second) {
  Stream stream;
  stream.start();
  const common::MonoTime begin = stream.now;
  for (int i = 0; i < 1000; ++i) {
    stream.pass(10ms).on(OperatorRestart{});
    if (stream.phase() == Phase::Stopping) stream.exit_code(0);
  }
  EXPECT_LE(stream.count<Spawn>(), (stream.now - begin) / 250ms + 1);
  EXPECT_GE(stream.count<Spawn>(), 30);
}

TEST(Supervision, late_events_of_an_old_generation_change_nothing) {
  Stream stream;
  stream.start().come_up().pass(300ms).killed_by(SIGSEGV);
  ASSERT_EQ(stream.generation(), 2u);
  const Event old_events[] = {Spawned{1, 5},          SpawnFailed{1, ENOENT},  Exited{1, {.code = 78}},
                              HelloReceived{1, true}, HelloReceived{1, false}, WorkerReady{1},
                              HeartbeatReceived{1},   MediaAdmitted{1},        QualityChanged{1, true, "x"},
                              ProtocolBroken{1, "x"}, Exited{7, {.signal = 9}}};
  for (const Event& event : old_events) {
    stream.on(event);
    EXPECT_EQ(stream.last(), "") << event_name(event.index());
    EXPECT_EQ(stream.phase(), Phase::Starting) << event_name(event.index());
    EXPECT_EQ(stream.description().exit_codes.size(), 1u);
  }
}

TEST(Supervision, a_process_that_appears_after_its_timeout_is_killed_not_forgotten) {
  Stream stream;
  stream.start().pass(1s);
  ASSERT_EQ(stream.phase(), Phase::Backoff);
  stream.on(Spawned{1, 9});
  EXPECT_EQ(stream.last(), "kill 1");
  stream.stop().pass(2s);
  ASSERT_EQ(stream.state.quarantine.size(), 1u);
  stream.on(Spawned{1, 9});
  EXPECT_EQ(stream.last(), "kill 1");
}

TEST(Supervision, a_missing_binary_blocks_until_it_is_there_and_looks_by_itself_too) {
  Stream stream;
  stream.start().on(SpawnFailed{1, ENOENT});
  EXPECT_EQ(stream.description().state, "blocked");
  stream.pass(1s).on(PreconditionChanged{Precondition::Binary, true});
  EXPECT_EQ(stream.phase(), Phase::Starting);
  stream.on(SpawnFailed{2, ENOENT}).pass(30s);
  EXPECT_EQ(stream.generation(), 3u) << "nobody told, it tried";
  EXPECT_EQ(stream.state.history.score_milli, 0);
}

TEST(Supervision, a_start_with_a_known_false_precondition_waits_for_it) {
  Stream stream;
  stream.on(PreconditionChanged{Precondition::Config, false}).start();
  EXPECT_EQ(stream.phase(), Phase::Blocked);
  EXPECT_EQ(stream.count<Spawn>(), 0);
  stream.on(PreconditionChanged{Precondition::Config, true});
  EXPECT_EQ(stream.phase(), Phase::Starting);
}

TEST(Supervision, a_false_precondition_does_not_touch_a_running_worker_but_its_successor) {
  Stream stream;
  stream.start().come_up().on(PreconditionChanged{Precondition::Binary, false});
  EXPECT_EQ(stream.phase(), Phase::Healthy);
  stream.killed_by(SIGSEGV);
  EXPECT_EQ(stream.phase(), Phase::Blocked);
}

TEST(Supervision, a_new_configuration_is_tried_at_once_where_the_old_one_was_refused) {
  Stream stream;
  stream.start().spawned().exit_code(78).pass(1s).on(ConfigChanged{true});
  EXPECT_EQ(stream.phase(), Phase::Starting);
}

TEST(Supervision, the_slate_is_degraded_at_once_and_healthy_only_after_the_dwell) {
  Stream stream;
  stream.start().come_up().on(QualityChanged{1, true, "slate on air"});
  EXPECT_EQ(stream.description().state, "degraded");
  EXPECT_EQ(stream.description().reason, "slate on air");
  stream.deliver(5s).on(QualityChanged{1, false}).deliver(9s);
  EXPECT_EQ(stream.phase(), Phase::Degraded);
  stream.deliver(2s);
  EXPECT_EQ(stream.phase(), Phase::Healthy);
}

TEST(Supervision, a_worker_that_starts_on_the_slate_is_degraded_from_its_first_part) {
  Stream stream;
  stream.start().spawned().hello().on(QualityChanged{1, true, "display lost"}).ready().part();
  EXPECT_EQ(stream.phase(), Phase::Degraded);
}

TEST(Supervision, one_outage_of_many_failures_is_one_incident) {
  Stream stream;
  stream.start().come_up().killed_by(SIGSEGV).spawned().exit_code(71);
  stream.pass_deadline().spawned().pass(5s).killed_by(SIGKILL);
  stream.pass_deadline().come_up();
  EXPECT_EQ(stream.count<OpenIncident>(), 1);
  EXPECT_EQ(stream.count<CloseIncident>(), 1);
}

TEST(Supervision, a_stop_closes_the_incident_without_a_recovery) {
  Stream stream;
  stream.start().come_up().killed_by(SIGSEGV).stop();
  EXPECT_EQ(stream.last(), "close, fence 2, quit 2, term 2, cont 2");
  EXPECT_EQ(stream.description().last_recovery_ms, std::nullopt);
}

TEST(Supervision, the_end_of_the_supervisor_stops_workers_and_keeps_desired_for_its_successor) {
  Stream stream;
  stream.start().come_up().on(ShutDown{}).exit_code(0);
  EXPECT_EQ(stream.phase(), Phase::Stopped);
  EXPECT_TRUE(stream.state.desired_up);
  stream.start().pass(1h);
  EXPECT_EQ(stream.phase(), Phase::Stopped) << "no start after the end began";
}

TEST(Supervision, a_worker_that_talks_garbage_is_killed_and_retried_slowly) {
  Stream stream;
  stream.start().come_up().on(ProtocolBroken{1, "line too long"});
  EXPECT_EQ(stream.last(), "open protocol, fence 1, kill 1");
  EXPECT_EQ(stream.phase(), Phase::Backoff);
  EXPECT_GE(stream.until_deadline(), 750ms);
}

}  // namespace
}  // namespace supervisor
