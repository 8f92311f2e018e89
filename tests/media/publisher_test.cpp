// What a viewer sees of workers that live, hang and die: the publisher on a virtual clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media_maker.h"

namespace {

using media_test::Bench;
using media_test::MonoTime;
using media_test::RecordType;
using media_test::Slot;
using supervisor::NeedsResume;
using supervisor::OnAir;
using supervisor::Refusal;
using testing::HasSubstr;
using testing::Not;

// First payload byte of the pictures of a part: 0xb0 + index for a skip picture, 0xee for the slate, 0xaa
// from a worker.
std::vector<int> pictures(const Bench& bench, const supervisor::Segment& segment, std::size_t part,
                          int size = 5) {
  const auto bytes = bench.bytes_of(segment, segment.parts[part]);
  std::vector<int> marks;
  for (int i = segment.parts[part].pictures; i > 0; --i)
    marks.push_back(bytes[bytes.size() - static_cast<std::size_t>(i * size)]);
  return marks;
}

TEST(Publisher, a_first_life_starts_at_the_current_slot) {
  Bench bench;
  bench.prepare(1);
  EXPECT_EQ(bench.stream.begin_life(1, bench.at(100)), 100);
  EXPECT_TRUE(bench.deliver(1, 126, true));
  EXPECT_EQ(bench.store().window().front().start, 100);
  EXPECT_EQ(bench.store().window().front().end(), 120) << "the first segment ends on the grid";
  EXPECT_EQ(bench.last().start, 120);
}

TEST(Publisher, segments_close_at_the_end_of_the_grid) {
  Bench bench;
  bench.start(126);
  ASSERT_EQ(bench.store().window().size(), 3u);
  EXPECT_TRUE(bench.store().window()[1].closed);
  EXPECT_EQ(bench.store().window()[1].parts.size(), 10u);
  EXPECT_FALSE(bench.last().closed);
  EXPECT_EQ(bench.stream.facts(bench.at(126)).on_air, OnAir::Picture);
}

TEST(Publisher, parts_are_numbered_in_their_bytes) {
  Bench bench;
  bench.start(12);
  const auto bytes = bench.bytes_of(bench.last(), bench.last().parts[1]);
  EXPECT_EQ(bench.last().parts[1].serial, 2u);
  EXPECT_EQ(bytes[23], 2) << "moof header 8, mfhd header 12, sequence number";
}

TEST(Publisher, a_new_life_closes_the_open_segment_early_in_the_same_change) {
  Bench bench;
  bench.start(84);
  bench.prepare(2);
  bench.stream.end_life(1, bench.at(85));
  ASSERT_EQ(bench.stream.begin_life(2, bench.at(85)), 84);
  const auto before = bench.stream.version();
  EXPECT_FALSE(bench.store().window()[1].closed)
      << "the old segment stays open until its successor has a part";
  ASSERT_TRUE(bench.send(2, 84, 6, true));
  EXPECT_EQ(bench.stream.version(), before + 1);
  EXPECT_TRUE(bench.store().window()[1].closed);
  EXPECT_EQ(bench.store().window()[1].end(), 84);
  EXPECT_EQ(bench.last().start, 84);
  EXPECT_EQ(bench.last().msn, 2);
  EXPECT_THAT(bench.playlist(), Not(HasSubstr("#EXT-X-DISCONTINUITY\n")));
  ASSERT_TRUE(bench.deliver(2, 126));
  EXPECT_EQ(bench.store().window()[2].end(), 120) << "the short segment ends on the grid again";
}

TEST(Publisher, a_dead_worker_is_bridged_as_soon_as_a_part_is_due) {
  Bench bench;
  bench.start(84);
  bench.stream.end_life(1, bench.at(84, 10));
  ASSERT_EQ(bench.stream.next_due(), bench.at(90, 20));
  bench.stream.advance(bench.at(90, 19));
  EXPECT_EQ(bench.end(), 84);
  EXPECT_EQ(bench.stream.advance(bench.at(90, 20)), std::nullopt);
  EXPECT_EQ(bench.end(), 90);
  const auto facts = bench.stream.facts(bench.at(90, 20));
  EXPECT_EQ(facts.bridged, 1u);
  EXPECT_EQ(facts.on_air, OnAir::Bridge);
  EXPECT_EQ(bench.store().window().size(), 2u) << "skip pictures stay in the open segment";
  // 24 pictures since the key frame at 60: the next one has index 24 mod 16.
  EXPECT_EQ(pictures(bench, bench.last(), 4), (std::vector<int>{0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd}));
}

TEST(Publisher, a_long_outage_shows_the_last_picture_to_the_end_of_the_segment_and_then_the_slate) {
  Bench bench;
  bench.start(108);
  bench.stream.end_life(1, bench.at(108));
  while (bench.end() < 132) bench.stream.advance(*bench.stream.next_due());
  const auto& old = bench.store().window()[1];
  EXPECT_TRUE(old.closed);
  EXPECT_EQ(old.end(), 120);
  EXPECT_FALSE(old.parts.back().independent);
  EXPECT_TRUE(bench.last().parts.front().independent);
  EXPECT_EQ(pictures(bench, bench.last(), 0), (std::vector<int>{0xee, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5}));
  EXPECT_EQ(pictures(bench, bench.last(), 1), (std::vector<int>{0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb}));
  EXPECT_EQ(bench.stream.facts(bench.at(132)).on_air, OnAir::Slate);
  EXPECT_THAT(bench.playlist(), Not(HasSubstr("#EXT-X-DISCONTINUITY\n")));
}

TEST(Publisher, a_new_life_makes_the_part_clock_hardly_late_and_is_asked_again_with_more_patience) {
  Bench bench;
  bench.start(84);
  bench.prepare(2);
  bench.stream.end_life(1, bench.at(85));
  ASSERT_EQ(bench.stream.begin_life(2, bench.at(89)), 84);
  EXPECT_EQ(bench.stream.next_due(), bench.at(90, 80));
  EXPECT_EQ(bench.stream.advance(bench.at(90, 79)), std::nullopt);
  EXPECT_EQ(bench.end(), 84);
  EXPECT_EQ(bench.stream.advance(bench.at(90, 80)), (NeedsResume{2, 90}));
  EXPECT_EQ(bench.end(), 90);
  EXPECT_EQ(bench.send(2, 84, 6, true, bench.at(90, 90)).refusal, Refusal::Fenced) << "it came too late";
  EXPECT_EQ(bench.stream.next_due(), bench.at(96, 160));
  EXPECT_TRUE(bench.send(2, 90, 6, true, bench.at(96, 150)));
}

TEST(Publisher, the_patience_with_a_slow_life_ends_at_the_grace) {
  Bench bench;
  bench.start(84);
  bench.prepare(2);
  bench.stream.end_life(1, bench.at(85));
  bench.stream.begin_life(2, bench.at(89));
  int asked = 0;
  for (int i = 0; i < 100 && asked < 6; ++i) asked += bench.stream.advance(*bench.stream.next_due()) ? 1 : 0;
  ASSERT_EQ(asked, 6);
  EXPECT_EQ(bench.stream.next_due(), bench.at(bench.end() + 6, 400));
}

TEST(Publisher, a_new_life_after_a_bridge_opens_where_the_bridge_ended) {
  Bench bench;
  bench.start(84);
  bench.prepare(2);
  bench.stream.end_life(1, bench.at(84));
  bench.stream.advance(bench.at(96, 20));
  ASSERT_EQ(bench.end(), 96);
  ASSERT_EQ(bench.stream.begin_life(2, bench.at(97)), 96);
  ASSERT_TRUE(bench.send(2, 96, 6, true));
  EXPECT_EQ(bench.store().window()[1].end(), 96);
  EXPECT_EQ(bench.stream.facts(bench.at(103)).on_air, OnAir::Picture);
}

TEST(Publisher, a_living_worker_is_bridged_when_a_part_is_one_part_target_late) {
  Bench bench;
  bench.start(84);
  ASSERT_EQ(bench.stream.next_due(), bench.at(90, 200));
  EXPECT_EQ(bench.stream.advance(bench.at(90, 199)), std::nullopt);
  EXPECT_EQ(bench.stream.advance(bench.at(90, 200)), (NeedsResume{1, 90}));
  EXPECT_EQ(bench.stream.facts(bench.at(90, 200)).bridged, 1u);
}

TEST(Publisher, what_a_fenced_worker_sends_late_is_refused_until_it_opens_at_the_published_end) {
  Bench bench;
  bench.start(84);
  bench.stream.advance(bench.at(90, 200));
  EXPECT_EQ(bench.send(1, 84, 6, false, bench.at(90, 210)).refusal, Refusal::Fenced);
  EXPECT_EQ(bench.send(1, 90, 6, false, bench.at(96)).refusal, Refusal::Fenced);
  EXPECT_EQ(bench.send(1, 96, 6, true, bench.at(96)).refusal, Refusal::Fenced);
  const auto before = bench.stream.version();
  EXPECT_TRUE(bench.send(1, 90, 6, true, bench.at(96)));
  EXPECT_EQ(bench.stream.version(), before + 1);
  EXPECT_EQ(bench.last().start, 90) << "the bridged segment was closed early";
  EXPECT_TRUE(bench.deliver(1, 126)) << "the fence is gone";
  EXPECT_EQ(bench.stream.facts(bench.at(126)).refused, 3u);
}

TEST(Publisher, a_worker_that_does_not_answer_is_bridged_on_the_clock_and_asked_again_later) {
  Bench bench;
  bench.start(84);
  ASSERT_TRUE(bench.stream.advance(bench.at(90, 200)));
  EXPECT_EQ(bench.stream.next_due(), bench.at(96, 160)) << "a little patience for its answer";
  EXPECT_EQ(bench.stream.advance(bench.at(96, 160)), std::nullopt) << "asked once";
  EXPECT_EQ(bench.end(), 96);
  EXPECT_EQ(bench.stream.next_due(), bench.at(102, 20)) << "nobody is expected: no waiting";
  const MonoTime again = bench.at(90, 200) + std::chrono::seconds(1);
  std::optional<NeedsResume> resume;
  while (!resume) {
    ASSERT_LE(*bench.stream.next_due(), again);
    resume = bench.stream.advance(*bench.stream.next_due());
  }
  EXPECT_EQ(resume, (NeedsResume{1, bench.end()}));
}

TEST(Publisher, a_sign_of_life_of_a_fenced_worker_is_answered_at_once) {
  Bench bench;
  bench.start(84);
  bench.stream.advance(bench.at(90, 200));
  bench.stream.advance(bench.at(96, 200));
  bench.stream.advance(bench.at(102, 20));
  ASSERT_EQ(bench.end(), 102);
  const auto admission = bench.send(1, 84, 6, false, bench.at(103));
  EXPECT_EQ(admission.refusal, Refusal::Fenced);
  EXPECT_EQ(admission.resume, std::nullopt) << "it was asked 233 ms ago and may be about to answer";
  const auto later = bench.send(1, 90, 6, false, bench.at(90, 600));
  EXPECT_EQ(later.resume, (NeedsResume{1, bench.end()}));
}

TEST(Publisher, a_worker_that_lost_its_place_is_told_where_to_go_on) {
  Bench bench;
  bench.start(84);
  const auto admission = bench.send(1, 90, 6, false);
  EXPECT_EQ(admission.refusal, Refusal::NotContiguous);
  ASSERT_TRUE(admission.resume);
  EXPECT_EQ(admission.resume->generation, 1u);
  EXPECT_EQ(admission.resume->continue_at, bench.end());
}

TEST(Publisher, a_worker_that_catches_up_is_not_fenced) {
  Bench bench;
  bench.start(84);
  // 400 ms of silence that nobody noticed, then parts faster than the clock.
  for (Slot start = 84; start < 108; start += 6) {
    ASSERT_TRUE(bench.send(1, start, 6, false, bench.at(102) + std::chrono::milliseconds(start)));
    EXPECT_EQ(bench.stream.advance(bench.at(102, 90) + std::chrono::milliseconds(start)), std::nullopt);
  }
  EXPECT_EQ(bench.stream.facts(bench.at(108)).bridged, 0u);
}

TEST(Publisher, a_worker_that_is_always_late_in_the_same_way_is_left_alone_up_to_the_hold_back) {
  Bench bench;
  bench.start(84);
  const auto deliver = [&](Slot start, int late_ms) {
    EXPECT_EQ(bench.stream.advance(bench.at(start + 6, late_ms)), std::nullopt) << start;
    return static_cast<bool>(bench.send(1, start, 6, start == 120, bench.at(start + 6, late_ms)));
  };
  EXPECT_TRUE(deliver(84, 150));
  for (Slot start = 90; start < 150; start += 6) EXPECT_TRUE(deliver(start, 290));
  EXPECT_EQ(bench.stream.next_due(), bench.at(156, 290 + 150));
  EXPECT_TRUE(deliver(150, 430));
  EXPECT_TRUE(deliver(156, 570));
  EXPECT_EQ(bench.stream.next_due(), bench.at(168, 600)) << "three part targets";
}

TEST(Publisher, only_the_active_life_may_deliver) {
  Bench bench;
  bench.start(84, 5);
  EXPECT_EQ(bench.send(4, 84, 6, true).refusal, Refusal::WrongGeneration);
  bench.prepare(6);
  EXPECT_EQ(bench.send(6, 84, 6, true).refusal, Refusal::WrongGeneration) << "a standby was not activated";
  bench.stream.end_life(5, bench.at(84));
  EXPECT_EQ(bench.send(5, 84, 6, false).refusal, Refusal::WrongGeneration) << "its life is over";
  EXPECT_EQ(bench.end(), 84);
}

TEST(Publisher, a_standby_that_dies_changes_nothing) {
  Bench bench;
  bench.start(84);
  bench.prepare(2);
  bench.stream.end_life(2, bench.at(84));
  EXPECT_TRUE(bench.deliver(1, 90));
}

TEST(Publisher, a_changed_init_segment_is_a_discontinuity_and_leaves_the_hint_unanswered) {
  Bench bench;
  bench.start(84);
  const std::string hinted = bench.store().part_name(*bench.last().init, 15);
  EXPECT_EQ(bench.stream.find(hinted).kind, supervisor::MediaLookup::Kind::Later);
  bench.prepare(2, 1);
  bench.stream.end_life(1, bench.at(84));
  bench.stream.begin_life(2, bench.at(85));
  EXPECT_THAT(bench.playlist(), HasSubstr(hinted));
  ASSERT_TRUE(bench.send(2, 84, 6, true));
  EXPECT_TRUE(bench.last().discontinuity);
  EXPECT_EQ(bench.stream.find(hinted).kind, supervisor::MediaLookup::Kind::Unknown);
  EXPECT_THAT(bench.playlist(),
              HasSubstr("#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init-" + bench.last().init->id));
}

TEST(Publisher, the_old_kit_bridges_until_a_changed_life_has_delivered_and_the_new_one_afterwards) {
  Bench bench;
  bench.start(84);
  const auto old_init = bench.last().init;
  bench.prepare(2, 1);
  bench.stream.end_life(1, bench.at(84));
  bench.stream.advance(bench.at(90, 20));
  EXPECT_EQ(bench.last().init->id, old_init->id);
  bench.stream.begin_life(2, bench.at(91));
  ASSERT_TRUE(bench.send(2, 90, 6, true));
  bench.stream.end_life(2, bench.at(96));
  bench.stream.advance(bench.at(102, 20));
  EXPECT_TRUE(bench.last().parts.back().bridged);
  EXPECT_NE(bench.last().init->id, old_init->id);
}

TEST(Publisher, two_key_frames_of_different_lives_never_follow_each_other) {
  Bench bench;
  bench.prepare(1);
  bench.stream.begin_life(1, bench.at(0));
  ASSERT_TRUE(bench.send(1, 0, 1, true));  // a life that dies after its key frame
  bench.prepare(2);
  bench.stream.end_life(1, bench.at(1));
  EXPECT_EQ(bench.stream.begin_life(2, bench.at(2)), 2);
  EXPECT_EQ(pictures(bench, bench.last(), 1), (std::vector<int>{0xb1}));
  EXPECT_TRUE(bench.send(2, 2, 6, true));
}

TEST(Publisher, a_life_never_opens_in_the_last_slot_of_a_segment) {
  auto settings = Bench::default_settings();
  settings.grid.segment_pictures = 61;
  settings.grid.key_pictures = 61;
  Bench bench(settings);
  bench.prepare(1);
  bench.stream.begin_life(1, bench.at(0));
  ASSERT_TRUE(bench.deliver(1, 60, true));
  bench.prepare(2);
  bench.stream.end_life(1, bench.at(60));
  EXPECT_EQ(bench.stream.begin_life(2, bench.at(60)), 61);
  EXPECT_TRUE(bench.last().closed);
}

TEST(Publisher, without_a_kit_there_is_no_bridge_and_still_no_hole) {
  Bench bench;
  bench.prepare(1, 0, 0);
  bench.stream.begin_life(1, bench.at(0));
  bench.deliver(1, 84, true);
  bench.stream.end_life(1, bench.at(84));
  EXPECT_EQ(bench.stream.next_due(), std::nullopt);
  bench.stream.advance(bench.at(200));
  bench.prepare(2);
  EXPECT_EQ(bench.stream.begin_life(2, bench.at(200)), 84);
}

TEST(Publisher, a_kit_of_a_slate_alone_bridges_with_one_key_frame_a_part) {
  Bench bench;
  bench.prepare(1, 0, 1);
  bench.stream.begin_life(1, bench.at(0));
  bench.deliver(1, 84, true);
  bench.stream.end_life(1, bench.at(84));
  bench.stream.advance(bench.at(90, 20));
  const auto& part = bench.last().parts.back();
  EXPECT_TRUE(part.independent);
  const auto facts = supervisor::parse_fragment(bench.bytes_of(bench.last(), part), bench.last().init->facts);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->samples, 1u);
  EXPECT_EQ(facts->duration, 6u * 3000);
}

TEST(Publisher, an_incomplete_kit_of_skip_pictures_is_not_used) {
  Bench bench;
  bench.prepare(1, 0, 1);
  for (int i = 0; i < 15; ++i) bench.send_kit(1, RecordType::Skip, i);
  bench.stream.begin_life(1, bench.at(0));
  bench.deliver(1, 6, true);
  bench.stream.end_life(1, bench.at(6));
  bench.stream.advance(bench.at(12, 20));
  EXPECT_TRUE(bench.last().parts.back().independent) << "the slate";
}

TEST(Publisher, a_stop_ends_the_playlist_and_a_start_goes_on_with_the_numbers) {
  Bench bench;
  bench.start(84);
  bench.stream.stop(bench.at(85));
  EXPECT_THAT(bench.playlist(), HasSubstr("#EXT-X-ENDLIST\n"));
  EXPECT_THAT(bench.playlist(), Not(HasSubstr("PRELOAD-HINT")));
  EXPECT_TRUE(bench.last().closed);
  EXPECT_GE(bench.stream.next_due(), bench.at(85 + bench.store().window_slots()))
      << "an operator's silence is not bridged";
  EXPECT_EQ(bench.send(1, 84, 6, false).refusal, Refusal::Stopped);
  const std::string old_segment = bench.store().segment_name(bench.last());

  bench.prepare(2);
  EXPECT_EQ(bench.stream.begin_life(2, bench.at(300)), 300);
  EXPECT_EQ(bench.stream.judge({}).kind, supervisor::ReloadVerdict::Kind::Wait);
  ASSERT_TRUE(bench.deliver(2, 312, true));
  EXPECT_EQ(bench.store().media_sequence(), 2);
  EXPECT_TRUE(bench.last().discontinuity) << "the timestamps jump";
  EXPECT_EQ(bench.stream.find(old_segment).kind, supervisor::MediaLookup::Kind::Found);
}

TEST(Publisher, what_was_published_before_a_stop_is_gone_when_nobody_can_be_watching_it) {
  Bench bench;
  bench.start(84);
  bench.stream.stop(bench.at(85));
  const std::string segment = bench.store().segment_name(bench.last());
  const auto gone_at = bench.stream.next_due();
  ASSERT_TRUE(gone_at);
  bench.stream.advance(*gone_at - std::chrono::milliseconds(1));
  EXPECT_EQ(bench.stream.find(segment).kind, supervisor::MediaLookup::Kind::Found);
  bench.stream.advance(*gone_at);
  EXPECT_EQ(bench.stream.find(segment).kind, supervisor::MediaLookup::Kind::Unknown);
  EXPECT_TRUE(bench.store().window().empty());
  EXPECT_EQ(bench.stream.next_due(), std::nullopt);

  bench.prepare(2);
  bench.stream.begin_life(2, bench.at(900));
  ASSERT_TRUE(bench.deliver(2, 912, true));
  EXPECT_EQ(bench.store().media_sequence(), 2);
  EXPECT_TRUE(bench.last().discontinuity);
}

TEST(Publisher, after_a_pause_of_the_whole_process_what_was_missed_is_bridged_without_a_hole) {
  Bench bench;
  bench.start(84);
  bench.stream.end_life(1, bench.at(84));
  const MonoTime later = bench.at(84 + 30 * 60);
  int calls = 0;
  for (; *bench.stream.next_due() <= later; ++calls) bench.stream.advance(later);
  EXPECT_GT(calls, 1) << "a burst is bounded";
  EXPECT_GE(bench.end(), 84 + 30 * 60 - 7);
  media_test::Invariants invariants;
  EXPECT_EQ(invariants.check(bench.stream.publisher()), "");
}

struct Wrong {
  const char* what;
  Refusal refusal;
  std::function<void(common::MediaRecord&, media_test::Bytes&)> spoil;
};

class WrongPart : public testing::TestWithParam<Wrong> {};

TEST_P(WrongPart, is_refused_with_a_reason_and_changes_nothing) {
  Bench bench;
  bench.start(84);
  auto header = media_test::part_header(bench.grid(), 1, 84, 6, false);
  auto bytes = media_test::part_bytes(bench.grid(), 84, 6, false);
  GetParam().spoil(header, bytes);
  const auto before = bench.stream.version();
  const auto admission = bench.stream.admit(header, bytes, bench.at(90, 10));
  EXPECT_STREQ(refusal_name(admission.refusal), refusal_name(GetParam().refusal));
  EXPECT_NE(admission.reason, "");
  EXPECT_EQ(bench.stream.version(), before);
  EXPECT_EQ(bench.end(), 84);
  EXPECT_EQ(bench.stream.facts(bench.at(90, 10)).refused, 1u);
  EXPECT_EQ(bench.stream.facts(bench.at(90, 10)).refused_by[static_cast<std::size_t>(GetParam().refusal)],
            1u);
}

using Header = common::MediaRecord;
using Bytes = media_test::Bytes;

Bytes remade(Slot start, int count, bool independent = false) {
  return media_test::part_bytes(media_test::test_grid(), start, count, independent);
}

INSTANTIATE_TEST_SUITE_P(
    Publisher, WrongPart,
    testing::Values(
        Wrong{"pts between slots", Refusal::OffGrid, [](Header& h, Bytes&) { h.pts += 1; }},
        Wrong{"negative pts", Refusal::OffGrid, [](Header& h, Bytes&) { h.pts = -3000; }},
        Wrong{"huge pts", Refusal::TooEarly, [](Header& h, Bytes&) { h.pts = 3000LL * 1'000'000'000; }},
        Wrong{"no pictures", Refusal::OffGrid, [](Header& h, Bytes&) { h.pictures = h.duration = 0; }},
        Wrong{"too long", Refusal::OffGrid,
              [](Header& h, Bytes& b) {
                h.pictures = 7;
                h.duration = 21000;
                b = remade(84, 7);
              }},
        Wrong{"duration and pictures differ", Refusal::OffGrid, [](Header& h, Bytes&) { h.duration += 1; }},
        Wrong{"short inside a segment", Refusal::OffGrid,
              [](Header& h, Bytes& b) {
                h.pictures = 3;
                h.duration = 9000;
                b = remade(84, 3);
              }},
        Wrong{"across the end of the segment", Refusal::OffGrid,
              [](Header& h, Bytes& b) {
                h.pts = 117 * 3000;
                b = remade(117, 6);
              }},
        Wrong{"other samples than the header says", Refusal::Disagrees,
              [](Header&, Bytes& b) { b = remade(84, 5); }},
        Wrong{"other time than the header says", Refusal::Disagrees,
              [](Header&, Bytes& b) { b = remade(90, 6); }},
        Wrong{"key frame only in the bytes", Refusal::Disagrees,
              [](Header&, Bytes& b) { b = remade(84, 6, true); }},
        Wrong{"key frame only in the header", Refusal::Disagrees,
              [](Header& h, Bytes&) { h.independent = true; }},
        Wrong{"not a fragment", Refusal::BadFragment, [](Header&, Bytes& b) { b.resize(40); }},
        Wrong{"the past", Refusal::NotContiguous,
              [](Header& h, Bytes& b) {
                h.pts = 78 * 3000;
                b = remade(78, 6);
              }},
        Wrong{"the future", Refusal::TooEarly,
              [](Header& h, Bytes& b) {
                h.pts = 132 * 3000;
                b = remade(132, 6);
              }},
        Wrong{"another rendition", Refusal::WrongRendition, [](Header& h, Bytes&) { h.rendition = 1; }},
        Wrong{"an old generation", Refusal::WrongGeneration, [](Header& h, Bytes&) { h.generation = 0; }},
        Wrong{"a generation nobody began", Refusal::WrongGeneration,
              [](Header& h, Bytes&) { h.generation = 9; }}),
    [](const auto& test) {
      std::string name = test.param.what;
      std::replace(name.begin(), name.end(), ' ', '_');
      return name;
    });

TEST(Publisher, a_kit_or_a_part_before_the_init_segment_is_refused) {
  Bench bench;
  EXPECT_EQ(bench.send_kit(1, RecordType::Skip, 0).refusal, Refusal::NoInit);
  bench.stream.begin_life(1, bench.at(0));
  EXPECT_EQ(bench.send(1, 0, 6, true).refusal, Refusal::NoInit);
}

TEST(Publisher, a_second_and_different_init_segment_in_one_life_is_refused) {
  Bench bench;
  EXPECT_TRUE(bench.send_init(1));
  EXPECT_TRUE(bench.send_init(1));
  EXPECT_EQ(bench.send_init(1, 1).refusal, Refusal::BadInit);
}

TEST(Publisher, an_init_segment_of_another_timescale_is_refused) {
  Bench bench;
  common::MediaRecord header;
  header.type = RecordType::Init;
  header.generation = 1;
  const auto admission = bench.stream.admit(header, media_test::make_init(12345), MonoTime{});
  EXPECT_EQ(admission.refusal, Refusal::BadInit);
  EXPECT_THAT(admission.reason, HasSubstr("12345"));
}

TEST(Publisher, a_skip_picture_out_of_range_or_too_large_is_refused) {
  Bench bench;
  bench.send_init(1);
  EXPECT_TRUE(bench.send_kit(1, RecordType::Skip, 15));
  EXPECT_EQ(bench.send_kit(1, RecordType::Skip, 16).refusal, Refusal::BadKit);
  EXPECT_EQ(bench.send_kit(1, RecordType::Skip, -1).refusal, Refusal::BadKit);
  common::MediaRecord header;
  header.type = RecordType::Skip;
  header.generation = 1;
  const Bytes largest(supervisor::Publisher::skip_bytes_max, 1);
  const Bytes too_large(supervisor::Publisher::skip_bytes_max + 1, 1);
  EXPECT_TRUE(bench.stream.admit(header, largest, MonoTime{}));
  EXPECT_EQ(bench.stream.admit(header, too_large, MonoTime{}).refusal, Refusal::BadKit);
}

TEST(Publisher, a_life_must_open_with_a_key_frame) {
  Bench bench;
  bench.prepare(1);
  bench.stream.begin_life(1, bench.at(0));
  EXPECT_EQ(bench.send(1, 0, 6, false).refusal, Refusal::NotIndependent);
}

TEST(Publisher, the_kits_of_many_standbys_are_bounded_and_the_active_one_is_kept) {
  Bench bench;
  bench.start(84);
  for (std::uint64_t g = 2; g < 50; ++g) bench.prepare(g);
  EXPECT_TRUE(bench.stream.publisher().has_init(1));
  EXPECT_FALSE(bench.stream.publisher().has_init(2));
  EXPECT_TRUE(bench.stream.publisher().has_init(49));
  EXPECT_TRUE(bench.deliver(1, 90));
}

}  // namespace
