#include <gtest/gtest.h>

#include "supervisor/probe/probe_judge.h"
#include "tests/media/media_maker.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using media_test::Bytes;

PlaylistView view_ending_at(std::int64_t sequence, MediaPosition next) {
  PlaylistView view;
  view.media_sequence = sequence;
  view.target_seconds = 2;
  view.part_seconds = 0.2;
  ViewedSegment open;
  open.msn = next.msn;
  open.parts.resize(static_cast<std::size_t>(next.part));
  view.segments.push_back(open);
  return view;
}

struct SequenceCase {
  std::int64_t before, after;
  MediaPosition next_before, next_after;
  bool wrong;
};

TEST(ProbeJudge, numbers_only_rise) {
  const SequenceCase cases[] = {
      {-1, 0, {}, {3, 1}, false},      {5, 5, {9, 2}, {9, 2}, false}, {5, 6, {9, 2}, {9, 3}, false},
      {5, 6, {9, 10}, {10, 1}, false}, {5, 4, {9, 2}, {9, 3}, true},  {5, 5, {9, 2}, {9, 1}, true},
      {5, 5, {9, 2}, {8, 9}, true},
  };
  for (const SequenceCase& c : cases) {
    const auto found = judge_playlist(view_ending_at(c.after, c.next_after), c.before, c.next_before);
    EXPECT_EQ(found.has_value(), c.wrong) << c.before << " -> " << c.after;
    if (found) {
      EXPECT_EQ(found->fault, ProbeFault::Backwards);
    }
  }
}

TEST(ProbeJudge, a_stream_that_is_wanted_does_not_end) {
  PlaylistView view = view_ending_at(1, {2, 1});
  view.ended = true;
  ASSERT_TRUE(judge_playlist(view, 1, {}));
  EXPECT_EQ(judge_playlist(view, 1, {})->fault, ProbeFault::Stale);
}

TEST(ProbeJudge, a_blocking_reload_holds_what_was_asked_for) {
  EXPECT_FALSE(judge_reload(view_ending_at(1, {5, 3}), {5, 2}));
  EXPECT_FALSE(judge_reload(view_ending_at(1, {6, 1}), {5, 9}));
  EXPECT_TRUE(judge_reload(view_ending_at(1, {5, 2}), {5, 2}));
}

TEST(ProbeJudge, age_is_judged_by_what_players_hold) {
  PlaylistView view = view_ending_at(1, {5, 1});
  EXPECT_EQ(age_max(view), 1600ms);
  view.part_seconds.reset();
  EXPECT_EQ(age_max(view), 7000ms);
  EXPECT_FALSE(judge_age(1600ms, 1600ms));
  EXPECT_FALSE(judge_age(-1600ms, 1600ms));
  ASSERT_TRUE(judge_age(1601ms, 1600ms));
  EXPECT_EQ(judge_age(1601ms, 1600ms)->fault, ProbeFault::Stale);
  ASSERT_TRUE(judge_age(-1601ms, 1600ms));
  EXPECT_EQ(judge_age(-1601ms, 1600ms)->fault, ProbeFault::BadMedia);
}

TEST(ProbeJudge, age_is_counted_on_the_media_timeline) {
  const common::MonoTime now{100s};
  EXPECT_EQ(media_age(99.5, 0, now), 500ms);
  EXPECT_EQ(media_age(9.75, 90'000'000'000, now), 250ms);
}

class ProbeMedia : public ::testing::Test {
 protected:
  const common::TimeGrid grid = media_test::test_grid();
  const Bytes init_bytes = media_test::make_init(static_cast<std::uint32_t>(grid.timescale()));
  const InitFacts init = parse_init(init_bytes).value();
  Bytes part(Slot start, int pictures, bool independent) const {
    return media_test::part_bytes(grid, start, pictures, independent);
  }
};

TEST_F(ProbeMedia, a_good_part_says_where_it_ends) {
  const JudgedPart judged = judge_part(part(60, 6, true), init, {"p", 0.2, true});
  EXPECT_FALSE(judged.finding) << judged.finding->text;
  EXPECT_TRUE(judged.key_frame);
  EXPECT_DOUBLE_EQ(judged.end_seconds, 2.2);
}

TEST_F(ProbeMedia, a_part_that_breaks_a_promise_is_found) {
  const auto fault = [&](const Bytes& bytes, const ViewedPart& promised) {
    const auto finding = judge_part(bytes, init, promised).finding;
    return finding ? probe_fault_name(finding->fault) : std::string_view("none");
  };
  EXPECT_EQ(fault(part(66, 6, false), {"p", 0.2, false}), "none");
  EXPECT_EQ(fault(part(66, 6, false), {"p", 0.2, true}), "no_key_frame");
  EXPECT_EQ(fault(part(66, 5, false), {"p", 0.2, false}), "bad_media");
  Bytes cut = part(66, 6, false);
  cut.pop_back();
  EXPECT_EQ(fault(cut, {"p", 0.2, false}), "bad_media");
  EXPECT_EQ(fault({}, {"p", 0.2, false}), "bad_media");
  EXPECT_EQ(fault(Bytes(100, 'x'), {"p", 0.2, false}), "bad_media");
  EXPECT_EQ(fault(init_bytes, {"p", 0.2, false}), "bad_media");
}

TEST_F(ProbeMedia, a_segment_starts_with_a_key_frame_whatever_follows) {
  Bytes segment = part(60, 6, true);
  const Bytes second = part(66, 6, false);
  segment.insert(segment.end(), second.begin(), second.end());
  EXPECT_FALSE(judge_segment_start(segment, init).finding);
  EXPECT_DOUBLE_EQ(judge_segment_start(segment, init).start_seconds, 2);
  segment.erase(segment.end() - 3, segment.end());  // only the beginning was fetched
  EXPECT_FALSE(judge_segment_start(segment, init).finding);
  const auto without = judge_segment_start(second, init).finding;
  ASSERT_TRUE(without);
  EXPECT_EQ(without->fault, ProbeFault::NoKeyFrame);
  EXPECT_TRUE(judge_segment_start({}, init).finding);
}

TEST(ProbeJudge, sizes_agree) {
  EXPECT_FALSE(judge_sizes("s", 10, 10));
  EXPECT_EQ(judge_sizes("s", 10, 9)->text, "s has 10 bytes, its parts have 9");
}

}  // namespace
}  // namespace supervisor
