#include "supervisor/supervise/health.h"

#include <gtest/gtest.h>

namespace supervisor {
namespace {

using namespace std::chrono_literals;

constexpr common::MonoTime start{1000h};

struct HealthTest : testing::Test {
  SupervisionSettings settings;
  Health health;
  HealthVerdict at(std::chrono::milliseconds since) const { return judge(health, settings, start + since); }
};

TEST_F(HealthTest, nothing_is_judged_before_the_first_part) {
  note_heartbeat(health, start);
  EXPECT_EQ(at(10h), HealthVerdict::Fine);
  EXPECT_EQ(hang_due(health, settings), std::nullopt);
}

TEST_F(HealthTest, silence_for_the_heartbeat_timeout_is_a_hang_and_a_millisecond_less_is_not) {
  note_progress(health, start);
  EXPECT_EQ(at(999ms), HealthVerdict::Fine);
  EXPECT_EQ(at(1000ms), HealthVerdict::Hung);
}

TEST_F(HealthTest, heartbeats_without_a_part_for_the_progress_timeout_are_a_stall) {
  note_progress(health, start);
  note_heartbeat(health, start + 5'900ms);
  EXPECT_EQ(at(5'999ms), HealthVerdict::Fine);
  EXPECT_EQ(at(6'000ms), HealthVerdict::Stalled);
}

TEST_F(HealthTest, a_part_is_a_sign_of_life_too) {
  note_progress(health, start);
  note_progress(health, start + 900ms);
  EXPECT_EQ(at(1'500ms), HealthVerdict::Fine);
}

TEST_F(HealthTest, own_lateness_is_excused_once_until_the_next_part) {
  note_progress(health, start);
  EXPECT_TRUE(give_grace(health, settings, start + 5s));
  EXPECT_EQ(at(5'999ms), HealthVerdict::Fine);
  EXPECT_FALSE(give_grace(health, settings, start + 5'999ms));
  EXPECT_EQ(at(6s), HealthVerdict::Hung);
  note_progress(health, start + 6s);
  EXPECT_TRUE(give_grace(health, settings, start + 7s));
}

TEST_F(HealthTest, it_is_good_again_only_after_the_dwell_and_each_relapse_begins_anew) {
  EXPECT_EQ(quality_due(health, settings), std::nullopt);
  note_quality(health, true, "slate", start);
  EXPECT_EQ(quality_due(health, settings), std::nullopt);
  note_quality(health, false, "", start + 1s);
  EXPECT_EQ(quality_due(health, settings), start + 11s);
  note_quality(health, true, "slate", start + 2s);
  EXPECT_EQ(quality_due(health, settings), std::nullopt);
  note_quality(health, false, "", start + 3s);
  note_quality(health, false, "", start + 9s);
  EXPECT_EQ(quality_due(health, settings), start + 13s);
}

}  // namespace
}  // namespace supervisor
