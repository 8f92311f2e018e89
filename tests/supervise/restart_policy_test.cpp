#include "supervisor/supervise/restart_policy.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <vector>

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using Kind = RestartDecision::Kind;

constexpr common::MonoTime start{1000h};

struct RestartPolicy : testing::Test {
  SupervisionSettings settings;
  RestartHistory history{.seed = 7};
  common::MonoTime now = start;

  RestartDecision fail(FailureClass failure, bool delivered = false) {
    return decide(history, settings, failure, delivered, now);
  }
  // The delays before jitter of `count` failures in a row.
  std::vector<std::chrono::milliseconds> delays(FailureClass failure, int count) {
    std::vector<std::chrono::milliseconds> all;
    for (int i = 0; i < count; ++i) {
      fail(failure, true);
      all.push_back(history.delay);
    }
    return all;
  }
};

TEST_F(RestartPolicy, crashes_are_answered_at_once_and_then_ever_later_up_to_the_cap) {
  EXPECT_EQ(delays(FailureClass::Crash, 11),
            (std::vector<std::chrono::milliseconds>{0ms, 250ms, 500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}));
}

TEST_F(RestartPolicy, a_worker_that_does_not_start_is_retried_slower) {
  EXPECT_EQ(delays(FailureClass::StartupTimeout, 8),
            (std::vector<std::chrono::milliseconds>{1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}));
}

TEST_F(RestartPolicy, delays_never_shrink_when_classes_alternate) {
  delays(FailureClass::StartupTimeout, 7);
  EXPECT_EQ(delays(FailureClass::Crash, 2), (std::vector<std::chrono::milliseconds>{60s, 60s}));
}

TEST_F(RestartPolicy, the_delay_follows_the_settings_of_the_operator) {
  settings.restart_delay = 100ms;
  settings.backoff_multiplier_permille = 1'500;
  settings.backoff_max = 300ms;
  EXPECT_EQ(delays(FailureClass::Crash, 6),
            (std::vector<std::chrono::milliseconds>{0ms, 100ms, 150ms, 225ms, 300ms, 300ms}));
}

TEST_F(RestartPolicy, absurd_settings_saturate_instead_of_overflowing) {
  settings.restart_delay = std::chrono::milliseconds(std::numeric_limits<std::int64_t>::max() / 2);
  settings.backoff_max = settings.restart_delay;
  settings.backoff_multiplier_permille = std::numeric_limits<int>::max();
  for (int i = 0; i < 3000; ++i) {
    EXPECT_GE(fail(FailureClass::Crash, true).delay, 0ms);
    EXPECT_GE(fail(FailureClass::StartupTimeout, true).delay, 0ms);
  }
}

TEST_F(RestartPolicy, delays_are_spread_by_a_quarter_and_a_replay_gives_the_same) {
  settings.restart_delay = settings.backoff_max = 1s;
  fail(FailureClass::Crash, true);
  RestartHistory replay = history;
  std::set<std::chrono::milliseconds> seen;
  for (int i = 0; i < 200; ++i) {
    const std::chrono::milliseconds delay = fail(FailureClass::Crash, true).delay;
    EXPECT_GE(delay, 750ms);
    EXPECT_LE(delay, 1'250ms);
    EXPECT_EQ(delay, decide(replay, settings, FailureClass::Crash, true, now).delay);
    seen.insert(delay);
  }
  EXPECT_GT(seen.size(), 100u);
  EXPECT_LT(*seen.begin(), 800ms);
  EXPECT_GT(*seen.rbegin(), 1'200ms);
}

TEST_F(RestartPolicy, what_a_restart_cannot_help_is_blocked_and_costs_nothing) {
  for (const FailureClass failure : {FailureClass::Config, FailureClass::ExecFatal, FailureClass::Version}) {
    EXPECT_EQ(fail(failure).kind, Kind::Block) << failure_class_name(failure);
  }
  EXPECT_EQ(fail(FailureClass::Config).condition, Precondition::Config);
  EXPECT_EQ(fail(FailureClass::Version).condition, Precondition::Binary);
  EXPECT_EQ(history.failures, 0);
  EXPECT_EQ(history.score_milli, 0);
}

TEST_F(RestartPolicy, ten_lives_without_media_are_tried_and_the_eleventh_failure_is_held) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(fail(FailureClass::Crash).kind, Kind::Retry) << i;
  EXPECT_EQ(fail(FailureClass::Crash).kind, Kind::Hold);
}

TEST_F(RestartPolicy, lives_that_delivered_media_are_never_held) {
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(fail(FailureClass::Crash, true).kind, Kind::Retry) << i;
}

TEST_F(RestartPolicy, the_score_halves_in_half_of_the_window) {
  for (int i = 0; i < 8; ++i) fail(FailureClass::Crash);
  EXPECT_EQ(score_milli(history, settings, now), 8'000);
  EXPECT_EQ(score_milli(history, settings, now + 150s), 6'000);
  EXPECT_EQ(score_milli(history, settings, now + 300s), 4'000);
  EXPECT_EQ(score_milli(history, settings, now + 600s), 2'000);
  EXPECT_EQ(score_milli(history, settings, now + 100h), 0);
}

TEST_F(RestartPolicy, failures_far_apart_are_never_held) {
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(fail(FailureClass::Crash).kind, Kind::Retry) << i;
    now += 60s;
  }
}

TEST_F(RestartPolicy, each_failed_trial_doubles_the_hold_up_to_its_cap) {
  settings.max_restarts = 0;
  const std::chrono::milliseconds expected[] = {300s, 600s, 1200s, 1800s, 1800s};
  for (const std::chrono::milliseconds hold : expected) {
    const RestartDecision decision = fail(FailureClass::Crash);
    EXPECT_EQ(decision.kind, Kind::Hold);
    EXPECT_GE(decision.delay, hold * 3 / 4);
    EXPECT_LE(decision.delay, hold * 5 / 4);
    now += 24h;  // the score has long leaked: it is the trial that failed
  }
}

TEST_F(RestartPolicy, a_trial_that_delivered_media_is_not_held_again) {
  settings.max_restarts = 0;
  fail(FailureClass::Crash);
  EXPECT_EQ(fail(FailureClass::Crash, true).kind, Kind::Retry);
}

TEST_F(RestartPolicy, stability_must_be_proved_for_twice_the_last_delay) {
  EXPECT_EQ(stable_after(history, settings), 60s);
  delays(FailureClass::StartupTimeout, 7);
  EXPECT_EQ(stable_after(history, settings), 120s);
}

TEST_F(RestartPolicy, forgiving_keeps_nothing_but_the_seed) {
  delays(FailureClass::StartupTimeout, 3);
  const std::uint64_t seed = history.seed;
  forgive(history);
  EXPECT_EQ(history.seed, seed);
  EXPECT_EQ(delays(FailureClass::Crash, 2), (std::vector<std::chrono::milliseconds>{0ms, 250ms}));
}

}  // namespace
}  // namespace supervisor
