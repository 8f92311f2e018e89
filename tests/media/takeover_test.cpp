// A planned change of workers on a virtual clock: the old life up to one slot, the new one from there on,
// whoever is late or dies on the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media_maker.h"

namespace {

using media_test::Bench;
using media_test::MonoTime;
using media_test::Slot;
using supervisor::NeedsResume;
using supervisor::OnAir;
using supervisor::Refusal;
using testing::HasSubstr;
using testing::Not;

constexpr const char* discontinuity = "#EXT-X-DISCONTINUITY\n";

class TakeOver : public testing::Test {
 protected:
  // The old life, 1, delivered up to slot 84; the new one, 2, is ready.
  void begin(int variant = 0) {
    bench_.start(84);
    bench_.prepare(2, variant);
    ASSERT_EQ(bench_.stream.plan_takeover(2, bench_.at(85)), 120);
  }
  void expect_sound() {
    EXPECT_EQ(invariants_.check(bench_.stream.publisher()), "");
    EXPECT_EQ(bench_.stream.facts(MonoTime{}).holes, 0u);
  }
  supervisor::PublisherFacts facts() { return bench_.stream.facts(bench_.at(bench_.end())); }

  Bench bench_;
  media_test::Invariants invariants_;
};

TEST_F(TakeOver, leaves_no_trace_when_the_init_segments_are_equal) {
  begin();
  ASSERT_TRUE(bench_.deliver(1, 120)) << "the old life goes on up to the take-over";
  EXPECT_EQ(facts().active_generation, 2u);
  ASSERT_TRUE(bench_.deliver(2, 252, true));
  EXPECT_EQ(facts().bridged, 0u);
  EXPECT_EQ(facts().refused, 0u);
  EXPECT_THAT(bench_.playlist(), Not(HasSubstr(discontinuity)));
  for (const auto& segment : bench_.store().window()) {
    if (!segment.closed) continue;
    EXPECT_EQ(segment.end() - segment.start, 60) << "no segment was closed early";
  }
  expect_sound();
}

TEST_F(TakeOver, shows_a_discontinuity_when_the_init_segments_differ) {
  begin(1);
  ASSERT_TRUE(bench_.deliver(1, 120));
  ASSERT_TRUE(bench_.deliver(2, 126, true));
  EXPECT_THAT(bench_.playlist(), HasSubstr(discontinuity));
  expect_sound();
}

TEST_F(TakeOver, is_a_safe_lead_away) {
  bench_.start(114);
  bench_.prepare(2);
  EXPECT_EQ(bench_.stream.plan_takeover(2, bench_.at(120, -251)), 120);
  EXPECT_EQ(bench_.stream.cancel_takeover(bench_.at(120, -250)), std::nullopt);
  bench_.prepare(2);
  EXPECT_EQ(bench_.stream.plan_takeover(2, bench_.at(120, -249)), 180);
}

TEST_F(TakeOver, closes_a_long_segment_early_at_the_end_of_a_part) {
  auto settings = Bench::default_settings();
  settings.grid.segment_pictures = settings.grid.key_pictures = 300;
  Bench bench(settings);
  bench.start(84);
  bench.prepare(2);
  ASSERT_EQ(bench.stream.plan_takeover(2, bench.at(85)), 96) << "85 and 250 ms, to the end of a part";
  ASSERT_TRUE(bench.deliver(1, 96));
  ASSERT_TRUE(bench.deliver(2, 330, true));
  EXPECT_EQ(bench.store().window()[0].end(), 96);
  EXPECT_EQ(invariants_.check(bench.stream.publisher()), "");
  EXPECT_EQ(bench.stream.facts(bench.at(330)).bridged, 0u);
}

TEST_F(TakeOver, nothing_of_the_old_life_is_published_beyond_it) {
  begin();
  ASSERT_TRUE(bench_.deliver(1, 120));
  EXPECT_EQ(bench_.send(1, 120, 6, true).refusal, Refusal::WrongGeneration);
  EXPECT_TRUE(bench_.send(2, 120, 6, true));
}

TEST_F(TakeOver, nothing_of_the_new_life_is_published_before_it) {
  begin();
  EXPECT_EQ(bench_.send(2, 84, 6, true).refusal, Refusal::WrongGeneration);
  EXPECT_TRUE(bench_.deliver(1, 90)) << "the old one was not disturbed";
}

TEST_F(TakeOver, a_first_part_that_comes_before_the_last_one_of_the_old_life_is_taken) {
  begin();
  ASSERT_TRUE(bench_.deliver(1, 114));
  ASSERT_TRUE(bench_.send(2, 120, 6, true, bench_.at(126, 5)));
  EXPECT_EQ(bench_.end(), 126);
  EXPECT_EQ(facts().bridged, 1u) << "the part that the old life still owed";
  EXPECT_EQ(bench_.send(1, 114, 6, false, bench_.at(126, 10)).refusal, Refusal::WrongGeneration);
  ASSERT_TRUE(bench_.deliver(2, 186));
  expect_sound();
}

TEST_F(TakeOver, the_new_life_has_the_patience_of_every_opening) {
  begin();
  ASSERT_TRUE(bench_.deliver(1, 120));
  EXPECT_EQ(bench_.stream.next_due(), bench_.at(126, 80));
  EXPECT_EQ(bench_.stream.advance(bench_.at(126, 80)), (NeedsResume{2, 126}));
  ASSERT_TRUE(bench_.send(2, 126, 6, true));
  expect_sound();
}

TEST_F(TakeOver, when_it_is_cancelled_before_its_time_the_old_life_never_stops) {
  begin();
  EXPECT_EQ(bench_.stream.cancel_takeover(bench_.at(100)), std::nullopt);
  ASSERT_TRUE(bench_.deliver(1, 186));
  EXPECT_EQ(facts().bridged, 0u);
  expect_sound();
}

TEST_F(TakeOver, when_it_is_cancelled_after_its_time_the_old_life_opens_anew) {
  begin();
  ASSERT_TRUE(bench_.deliver(1, 120));
  EXPECT_EQ(bench_.send(1, 120, 6, true, bench_.at(126)).refusal, Refusal::WrongGeneration);
  EXPECT_EQ(bench_.stream.cancel_takeover(bench_.at(126, 30)), (NeedsResume{1, 126}));
  ASSERT_TRUE(bench_.send(1, 126, 6, true)) << "126: the part that was refused was bridged";
  ASSERT_TRUE(bench_.deliver(1, 186));
  EXPECT_EQ(bench_.send(2, 186, 6, true).refusal, Refusal::WrongGeneration);
  EXPECT_EQ(facts().bridged, 1u);
  expect_sound();
}

TEST_F(TakeOver, cannot_be_cancelled_once_the_new_life_delivered) {
  begin();
  ASSERT_TRUE(bench_.deliver(1, 120));
  ASSERT_TRUE(bench_.send(2, 120, 6, true));
  EXPECT_EQ(bench_.stream.cancel_takeover(bench_.at(127)), std::nullopt);
  ASSERT_TRUE(bench_.deliver(2, 186));
  EXPECT_EQ(facts().active_generation, 2u);
}

TEST_F(TakeOver, an_old_life_that_dies_before_is_bridged_up_to_it) {
  begin();
  ASSERT_TRUE(bench_.deliver(1, 96));
  bench_.stream.end_life(1, bench_.at(97));
  while (bench_.end() < 120) bench_.stream.advance(*bench_.stream.next_due());
  EXPECT_EQ(facts().active_generation, 2u);
  ASSERT_TRUE(bench_.deliver(2, 186, true));
  EXPECT_EQ(facts().bridged, 4u);
  expect_sound();
}

TEST_F(TakeOver, becomes_a_promotion_when_the_new_life_is_activated_at_once) {
  begin();
  ASSERT_TRUE(bench_.deliver(1, 96));
  bench_.stream.end_life(1, bench_.at(97));
  EXPECT_EQ(bench_.stream.begin_life(2, bench_.at(97)), 96);
  ASSERT_TRUE(bench_.deliver(2, 186, true));
  EXPECT_EQ(facts().bridged, 0u);
  expect_sound();
}

TEST_F(TakeOver, an_old_life_that_hangs_before_is_bridged_up_to_it) {
  begin();
  while (bench_.end() < 120) bench_.stream.advance(*bench_.stream.next_due());
  EXPECT_EQ(facts().active_generation, 2u);
  ASSERT_TRUE(bench_.deliver(2, 186, true));
  expect_sound();
}

TEST_F(TakeOver, a_new_life_that_dies_before_it_changes_nothing) {
  begin();
  bench_.stream.end_life(2, bench_.at(100));
  EXPECT_EQ(bench_.stream.cancel_takeover(bench_.at(100)), std::nullopt);
  ASSERT_TRUE(bench_.deliver(1, 186));
  EXPECT_EQ(facts().bridged, 0u);
}

TEST_F(TakeOver, a_new_life_that_dies_after_it_gives_the_stream_back_to_the_old_one) {
  begin();
  ASSERT_TRUE(bench_.deliver(1, 120));
  bench_.stream.end_life(2, bench_.at(122));
  ASSERT_LE(*bench_.stream.next_due(), bench_.at(122)) << "the old life is asked at once";
  EXPECT_EQ(bench_.stream.advance(bench_.at(122)), (NeedsResume{1, 120}));
  ASSERT_TRUE(bench_.deliver(1, 186, true));
  EXPECT_EQ(facts().bridged, 0u);
  expect_sound();
}

TEST_F(TakeOver, when_both_are_dead_the_stream_is_bridged) {
  begin();
  ASSERT_TRUE(bench_.deliver(1, 120));
  bench_.stream.end_life(1, bench_.at(121));
  bench_.stream.end_life(2, bench_.at(122));
  EXPECT_EQ(bench_.stream.cancel_takeover(bench_.at(122)), std::nullopt);
  EXPECT_EQ(bench_.stream.next_due(), bench_.at(126, 20));
  while (bench_.end() < 186) bench_.stream.advance(*bench_.stream.next_due());
  EXPECT_EQ(facts().on_air, OnAir::Slate);
  expect_sound();
}

TEST_F(TakeOver, of_a_life_that_does_not_deliver_is_at_once) {
  bench_.start(84);
  bench_.prepare(2);
  ASSERT_TRUE(bench_.stream.advance(bench_.at(90, 200)));
  ASSERT_EQ(bench_.stream.plan_takeover(2, bench_.at(95)), 90);
  ASSERT_TRUE(bench_.deliver(2, 126, true));
  expect_sound();
}

TEST_F(TakeOver, without_any_life_is_a_begin) {
  bench_.prepare(2);
  EXPECT_EQ(bench_.stream.plan_takeover(2, bench_.at(100)), 100);
  EXPECT_TRUE(bench_.deliver(2, 126, true));
}

TEST_F(TakeOver, takes_the_prepared_pictures_of_the_new_life_with_it) {
  bench_.start(84);
  bench_.prepare(2, 1);
  bench_.stream.plan_takeover(2, bench_.at(85));
  ASSERT_TRUE(bench_.deliver(1, 120));
  ASSERT_TRUE(bench_.deliver(2, 132, true));
  const auto init = bench_.last().init->id;
  bench_.stream.end_life(2, bench_.at(133));
  while (bench_.end() < 186) bench_.stream.advance(*bench_.stream.next_due());
  EXPECT_EQ(bench_.last().init->id, init);
  expect_sound();
}

// Nobody can start for hours: the slate that a worker left is re-timed for as long as it takes.
TEST(Outage, of_three_hours_is_published_on_the_clock_in_bounded_memory) {
  Bench bench;
  bench.start(84);
  bench.stream.end_life(1, bench.at(84));
  constexpr Slot hours = 3 * 3600 * 30;
  media_test::Invariants invariants;
  std::uint64_t bytes_after_a_minute = 0;
  std::int64_t late_ms = 0;
  while (bench.end() < hours) {
    const MonoTime due = *bench.stream.next_due();
    const Slot before = bench.end();
    bench.stream.advance(due);
    ASSERT_GT(bench.end(), before) << "no part at the time it was due";
    late_ms = std::max<std::int64_t>(late_ms, (due - bench.at(bench.end())) / std::chrono::milliseconds(1));
    if (bench.end() % 1800 == 0) {
      ASSERT_EQ(invariants.check(bench.stream.publisher()), "");
      if (bytes_after_a_minute == 0 && bench.end() > 3600) bytes_after_a_minute = bench.store().bytes();
    }
  }
  EXPECT_EQ(late_ms, 20) << "bridge_delay, and not more after hours";
  EXPECT_LE(bench.store().window().size(), 12u);
  EXPECT_LE(bench.store().retired_count(), 40u);
  EXPECT_LE(bench.store().bytes(), bytes_after_a_minute * 11 / 10);
  EXPECT_EQ(bench.stream.facts(bench.at(hours)).on_air, OnAir::Slate);
  EXPECT_THAT(bench.playlist(), Not(HasSubstr(discontinuity)));
  bench.prepare(2);
  const Slot opens = bench.stream.begin_life(2, bench.at(bench.end(), 1));
  EXPECT_EQ(opens, bench.end());
  EXPECT_TRUE(bench.deliver(2, opens + 66, true)) << "a worker at last: it goes on from there";
  EXPECT_THAT(bench.playlist(), Not(HasSubstr(discontinuity)));
}

}  // namespace
