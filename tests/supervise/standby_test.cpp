// Stories of two workers at once: the hot standby, promotion, planned replacement, retiring, other encoders.
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

#include "stream.h"

namespace supervisor {
namespace {

struct HotStandby : testing::Test {
  HotStandby() { stream.come_up_with_standby(); }
  Stream stream;
};

TEST(Standby, it_is_parked_a_moment_after_the_first_part_and_is_never_let_to_publish) {
  Stream stream({.hot_standby = true});
  stream.start().come_up().pass(499ms);
  EXPECT_EQ(stream.count<Spawn>(), 1);
  stream.pass(1ms);
  EXPECT_EQ(stream.last(), "park 2");
  stream.park();
  EXPECT_EQ(stream.state.standby->stage, Standby::Stage::Ready);
  EXPECT_EQ(stream.description().standby, "ready");
  EXPECT_EQ(stream.description().standby_pid, 1002);
  EXPECT_EQ(stream.count<Activate>(), 1);
  EXPECT_EQ(stream.description().restart_count, 0u) << "a parked standby is no restart";
}

TEST_F(HotStandby, a_crash_promotes_it_in_the_same_step) {
  stream.killed_by(SIGSEGV);
  EXPECT_EQ(stream.last(), "fence 1, open crash, activate 2");
  EXPECT_EQ(stream.phase(), Phase::Warmup);
  EXPECT_EQ(stream.until_deadline(), 1s - 0ms) << "it must beat, and deliver within handover_timeout";
  stream.pass(50ms).part();
  EXPECT_EQ(stream.last(), "recovered");
  EXPECT_EQ(stream.description().last_recovery_ms, 50);
  EXPECT_EQ(stream.notes(), "reaped 1, promoted 2");
  stream.deliver(1s);
  EXPECT_EQ(stream.standby(), 3u) << "the next one";
}

TEST_F(HotStandby, a_hang_a_stall_and_garbage_promote_it_before_the_old_one_is_gone) {
  stream.pass(1s - 200ms);
  stream.on(HeartbeatReceived{2}).pass(200ms);
  EXPECT_EQ(stream.last(), "open hang, fence 1, kill 1, activate 2");
  stream.part().await_standby().park();
  stream.on(ProtocolBroken{2, "garbage"});
  EXPECT_EQ(stream.last(), "open protocol, fence 2, kill 2, activate 3");
  EXPECT_EQ(stream.state.retiring.size(), 2u);
  stream.part().deliver(10s);
  EXPECT_EQ(stream.state.quarantine, (std::vector<Generation>{1, 2})) << "nobody said that they ended";
  EXPECT_FALSE(stream.state.standby) << "no room for one more that might be left behind";
  stream.on(Exited{1, {.signal = SIGKILL}});
  EXPECT_EQ(stream.last(), "park 4");
}

TEST_F(HotStandby, what_would_hit_it_too_is_answered_by_the_class) {
  for (const int code : {74, 78}) {
    Stream other;
    other.come_up_with_standby().exit_code(code);
    EXPECT_NE(other.phase(), Phase::Warmup) << code;
    EXPECT_EQ(other.count<Activate>(), 1) << code;
    EXPECT_FALSE(other.state.standby) << code;
  }
}

TEST_F(HotStandby, one_that_is_still_starting_goes_on_as_the_worker) {
  stream.killed_by(SIGSEGV).part().deliver(1s);
  stream.on(Spawned{3, 9}).on(HelloReceived{3}).killed_by(SIGSEGV);
  EXPECT_EQ(stream.phase(), Phase::Warmup);
  EXPECT_EQ(stream.generation(), 3u);
  stream.ready();
  EXPECT_EQ(stream.last(), "activate 3");
}

TEST_F(HotStandby, its_own_failures_never_touch_the_stream) {
  std::vector<Milliseconds> waits;
  for (int i = 0; i < 4; ++i) {
    stream.on(Exited{stream.standby(), {.signal = SIGSEGV}});
    waits.push_back(stream.state.standby_history.delay);
    EXPECT_EQ(stream.phase(), Phase::Healthy);
    stream.await_standby().park();
  }
  EXPECT_EQ(waits, (std::vector<Milliseconds>{0ms, 250ms, 500ms, 1s}));
  EXPECT_EQ(stream.count<OpenIncident>(), 0);
  EXPECT_EQ(stream.state.history.failures, 0);
}

TEST_F(HotStandby, a_silent_one_is_replaced) {
  for (int i = 0; i < 6; ++i) stream.pass(200ms).on(HeartbeatReceived{1}).part();
  EXPECT_EQ(stream.standby(), 3u);
  EXPECT_EQ(stream.state.retiring.size(), 1u);
}

TEST_F(HotStandby, a_promoted_one_that_delivers_nothing_is_a_life_without_media) {
  stream.killed_by(SIGSEGV).on(Exited{2, {.signal = SIGSEGV}});
  EXPECT_EQ(stream.phase(), Phase::Backoff);
  EXPECT_EQ(stream.state.history.score_milli, 1'000);
  EXPECT_EQ(stream.count<OpenIncident>(), 1) << "one outage";
}

TEST_F(HotStandby, a_promoted_one_has_the_handover_timeout) {
  stream.killed_by(SIGSEGV);
  for (int i = 0; i < 6; ++i) stream.pass(500ms).on(HeartbeatReceived{2});
  EXPECT_EQ(stream.phase(), Phase::Backoff);
  EXPECT_EQ(stream.description().reason, "startup_timeout: no media");
}

TEST_F(HotStandby, promotions_in_a_row_delay_the_next_standby) {
  std::vector<Milliseconds> delays;
  for (int i = 0; i < 4; ++i) {
    stream.killed_by(SIGSEGV);
    delays.push_back(stream.state.history.delay);
    stream.part().await_standby().park();
  }
  EXPECT_EQ(delays, (std::vector<Milliseconds>{0ms, 250ms, 500ms, 1s}));
}

TEST_F(HotStandby, a_stop_ends_both_and_says_stopped_only_when_both_are_gone) {
  stream.stop();
  EXPECT_EQ(stream.last(), "fence 1, quit 1, term 1, cont 1, fence 2, quit 2, term 2, cont 2");
  stream.on(Exited{1, {.code = 0}});
  EXPECT_EQ(stream.description().state, "stopping");
  stream.on(Exited{2, {.code = 0}});
  EXPECT_EQ(stream.description().state, "stopped");
}

TEST_F(HotStandby, a_start_while_only_retiring_ones_are_left_starts_at_once) {
  stream.stop().on(Exited{1, {.code = 0}}).start();
  EXPECT_EQ(stream.last(), "spawn 3");
}

TEST_F(HotStandby, an_ordered_restart_uses_the_one_that_is_ready) {
  stream.on(OperatorRestart{});
  EXPECT_EQ(stream.last(), "take_over 2");
  EXPECT_EQ(stream.description().standby, "taking_over");
  EXPECT_EQ(stream.phase(), Phase::Healthy);
  stream.part().on(MediaAdmitted{2});
  EXPECT_EQ(stream.last(), "fence 1, quit 1, term 1, cont 1");
  EXPECT_EQ(stream.generation(), 2u);
  EXPECT_EQ(stream.state.history.failures, 0);
  EXPECT_EQ(stream.count<OpenIncident>(), 0);
}

TEST_F(HotStandby, a_new_configuration_needs_one_of_its_own) {
  stream.on(ConfigChanged{true});
  EXPECT_EQ(stream.last(), "fence 2, quit 2, term 2, cont 2, park 3");
  stream.park();
  EXPECT_EQ(stream.last(), "take_over 3");
}

TEST_F(HotStandby, the_old_one_that_fails_while_it_is_replaced_is_followed_at_once) {
  stream.on(OperatorRestart{}).killed_by(SIGSEGV);
  EXPECT_EQ(stream.last(), "fence 1, open crash, activate 2");
  EXPECT_EQ(stream.state.planned, "");
}

TEST(Planned, a_successor_is_made_before_the_old_one_is_broken_even_without_a_standby) {
  Stream stream;
  stream.start().come_up().prove_stable().on(OperatorRestart{});
  EXPECT_EQ(stream.last(), "park 2");
  EXPECT_EQ(stream.description().planned, "restarted by the operator");
  stream.park();
  EXPECT_EQ(stream.last(), "take_over 2");
  stream.on(MediaAdmitted{2}).deliver(10s);
  EXPECT_EQ(stream.count<Spawn>(), 2) << "no standby afterwards";
}

TEST(Planned, a_take_over_that_is_late_is_cancelled_and_tried_again) {
  Stream stream;
  stream.start().come_up().prove_stable().on(OperatorRestart{}).park();
  stream.deliver(4'800ms);
  EXPECT_EQ(stream.count<CancelTakeOver>(), 0);
  stream.deliver(400ms);
  EXPECT_EQ(stream.count<CancelTakeOver>(), 1);
  EXPECT_EQ(stream.phase(), Phase::Healthy);
  stream.await_standby();
  EXPECT_EQ(stream.standby(), 3u);
  stream.park();
  EXPECT_EQ(stream.last(), "take_over 3");
}

TEST(Planned, a_limit_or_a_storm_is_charged_and_is_an_incident_without_a_hole) {
  for (const bool storm : {false, true}) {
    Stream stream;
    stream.start().come_up().prove_stable();
    const Event event = storm ? Event(ErrorStorm{1, "5 errors"}) : Event(LimitExceeded{1, "1.2 GB"});
    stream.on(event).on(event);
    EXPECT_EQ(stream.count<OpenIncident>(), 1);
    EXPECT_EQ(stream.state.history.failures, 1);
    stream.park().on(MediaAdmitted{2});
    EXPECT_EQ(stream.last(), "fence 1, recovered, quit 1, term 1, cont 1");
  }
}

TEST(Planned, while_unkillable_ones_take_the_room_the_old_one_is_broken_first) {
  Stream stream;
  stream.start().come_up();
  stream.state.generation = 9;
  stream.state.worker->generation = 9;
  stream.state.quarantine = {3, 4};
  stream.on(OperatorRestart{});
  EXPECT_EQ(stream.phase(), Phase::Stopping);
}

TEST(Encoder, the_next_one_is_tried_now_and_the_hardware_again_later_beside_it) {
  Stream stream;
  stream.start().come_up().prove_stable().exit_code(71);
  EXPECT_EQ(stream.last(), "fence 1, open encoder, spawn 2 software");
  stream.come_up().deliver(10min - 1s);
  EXPECT_EQ(stream.count<Spawn>(), 2);
  stream.await_standby();
  EXPECT_EQ(stream.description().planned, "the hardware encoder is tried again");
  stream.on(Spawned{3, 9}).on(Exited{3, {.code = 71}});
  EXPECT_EQ(stream.phase(), Phase::Healthy);
  EXPECT_EQ(stream.description().planned, "");
  stream.deliver(20min - 2s);
  EXPECT_EQ(stream.count<Spawn>(), 3) << "twice as long";
  stream.await_standby().park();
  stream.on(MediaAdmitted{4});
  EXPECT_FALSE(stream.state.software_encoder);
  EXPECT_EQ(stream.generation(), 4u);
}

TEST(Encoder, a_second_stall_within_its_window_leaves_the_hardware) {
  Stream stream;
  stream.start().come_up().prove_stable();
  const auto stall = [&stream] {
    for (int i = 0; i < 12; ++i) stream.pass(500ms).on(HeartbeatReceived{stream.generation()});
  };
  stall();
  stream.on(Exited{1, {.code = 0}}).come_up().prove_stable();
  EXPECT_FALSE(stream.state.software_encoder);
  stall();
  EXPECT_TRUE(stream.state.software_encoder);
}

TEST(Encoder, a_promoted_worker_with_the_wrong_encoder_is_replaced_beside_itself) {
  Stream stream;
  stream.come_up_with_standby();
  stream.state.history.classes = {{.failure = FailureClass::Stall, .repeats = 1, .last = stream.now}};
  for (int i = 0; i < 12; ++i) stream.pass(500ms).on(HeartbeatReceived{1}).on(HeartbeatReceived{2});
  ASSERT_EQ(stream.generation(), 2u);
  stream.part().await_standby();
  EXPECT_EQ(stream.description().planned, "another encoder");
  EXPECT_TRUE(stream.state.standby->software_encoder);
  stream.park().on(MediaAdmitted{stream.standby()});
  EXPECT_TRUE(stream.state.worker->software_encoder);
}

TEST(Encoder, a_second_death_for_memory_makes_the_next_one_smaller) {
  Stream stream;
  stream.start().come_up();
  stream.on(Exited{1, {.signal = SIGKILL}, "", true}).come_up().on(Exited{2, {.signal = SIGKILL}, "", true});
  stream.pass_deadline();
  EXPECT_EQ(stream.last(), "spawn 3 reduced");
}

TEST(Hang, a_worker_that_got_no_cpu_is_given_time_three_times) {
  Stream stream;
  stream.starved = true;
  stream.start().come_up().pass(3'999ms);
  EXPECT_EQ(stream.phase(), Phase::Healthy);
  EXPECT_EQ(stream.count<GatherEvidence>(), 3);
  stream.pass(1ms);
  EXPECT_EQ(stream.generation(), 2u);
  const auto opened = std::find_if(stream.all().begin(), stream.all().end(), [](const Action& one) {
    return std::holds_alternative<OpenIncident>(one);
  });
  EXPECT_EQ(std::get<OpenIncident>(*opened).evidence, "state R");
  EXPECT_EQ(std::get<OpenIncident>(*opened).generation, 1u);
}

TEST(Hang, an_answer_that_never_comes_saves_nobody) {
  Stream stream;
  stream.answers = false;
  stream.start().come_up().pass(1'249ms);
  EXPECT_EQ(stream.phase(), Phase::Healthy);
  stream.pass(1ms);
  EXPECT_EQ(stream.generation(), 2u);
}

TEST(Hang, a_heartbeat_that_comes_before_the_answer_ends_the_question) {
  Stream stream;
  stream.answers = false;
  stream.start().come_up().pass(1s).on(HeartbeatReceived{1}).on(EvidenceGathered{1, false, "late"});
  EXPECT_EQ(stream.phase(), Phase::Healthy);
}

TEST(Extend, a_worker_that_asks_gets_time_up_to_its_limit) {
  Stream stream;
  stream.start().spawned().hello().on(ExtendAsked{1, 50s}).on(ExtendAsked{1, 50s});
  EXPECT_EQ(stream.until_deadline(), 75s);
  stream.on(ExtendAsked{1, -5s});
  EXPECT_EQ(stream.until_deadline(), 75s);
}

TEST(World, a_change_outside_is_tried_at_once_and_forgives_nothing) {
  Stream stream({.max_restarts = 1});
  stream.start().spawned().exit_code(1).spawned().exit_code(1);
  ASSERT_EQ(stream.phase(), Phase::Hold);
  stream.pass(1s).on(WorldChanged{"X is back"});
  EXPECT_EQ(stream.phase(), Phase::Starting);
  EXPECT_EQ(stream.state.history.holds, 1);
  stream.spawned().exit_code(78);
  ASSERT_EQ(stream.phase(), Phase::Blocked);
  stream.pass(1s).on(WorldChanged{"disk freed"});
  EXPECT_EQ(stream.phase(), Phase::Starting);
  stream.come_up().on(WorldChanged{"monitor"});
  EXPECT_EQ(stream.last(), "");
}

TEST(Strategy, an_own_limit_of_a_class_holds_or_blocks_before_the_budget) {
  SupervisionSettings settings;
  settings.strategies[static_cast<std::size_t>(FailureClass::Crash)] = {.delay = 2s, .max_attempts = 2};
  settings.strategies[static_cast<std::size_t>(FailureClass::Input)] = {.max_attempts = 1,
                                                                        .at_limit = AtLimit::Block};
  Stream stream(settings);
  stream.start().spawned().exit_code(1);
  EXPECT_GE(stream.until_deadline(), 1'500ms);
  stream.pass_deadline().spawned().exit_code(1);
  EXPECT_EQ(stream.phase(), Phase::Hold);
  stream.pass(1s).start().spawned().exit_code(69);
  EXPECT_EQ(stream.phase(), Phase::Blocked);
}

}  // namespace
}  // namespace supervisor
