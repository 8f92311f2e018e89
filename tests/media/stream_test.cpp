// The seam to HTTP: blocking reload, names, and the cache of rendered playlists.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media_maker.h"

namespace {

using media_test::Bench;
using supervisor::MediaLookup;
using supervisor::PlaylistQuery;
using Kind = supervisor::ReloadVerdict::Kind;

PlaylistQuery ask(std::int64_t msn) {
  PlaylistQuery query;
  query.msn = msn;
  return query;
}

PlaylistQuery ask(std::int64_t msn, int part) {
  PlaylistQuery query = ask(msn);
  query.part = part;
  return query;
}

TEST(BlockingReload, before_the_first_part_everything_waits_five_seconds) {
  Bench bench;
  EXPECT_EQ(bench.stream.judge({}).kind, Kind::Wait);
  EXPECT_EQ(bench.stream.judge({}).timeout, std::chrono::seconds(5));
  EXPECT_EQ(bench.stream.judge(ask(100, 3)).kind, Kind::Wait) << "a player of the process before this one";
}

TEST(BlockingReload, a_part_without_a_segment_number_is_invalid) {
  Bench bench;
  PlaylistQuery query;
  query.part = 1;
  EXPECT_EQ(bench.stream.judge(query).kind, Kind::Invalid);
}

TEST(BlockingReload, waits_for_exactly_the_part_that_was_asked_for) {
  Bench bench;
  bench.start(84);  // segment 1 is open with parts 0..3
  EXPECT_EQ(bench.stream.judge({}).kind, Kind::Ready);
  EXPECT_EQ(bench.stream.judge(ask(1, 3)).kind, Kind::Ready);
  EXPECT_EQ(bench.stream.judge(ask(1, 4)).kind, Kind::Wait);
  EXPECT_EQ(bench.stream.judge(ask(1, 4)).timeout, std::chrono::seconds(6)) << "three target durations";
  EXPECT_EQ(bench.stream.judge(ask(0)).kind, Kind::Ready);
  EXPECT_EQ(bench.stream.judge(ask(1)).kind, Kind::Wait);
  EXPECT_EQ(bench.stream.judge(ask(2, 0)).kind, Kind::Wait);
  bench.deliver(1, 90);
  EXPECT_EQ(bench.stream.judge(ask(1, 4)).kind, Kind::Ready);
}

TEST(BlockingReload, more_than_two_segments_ahead_is_invalid) {
  Bench bench;
  bench.start(84);
  EXPECT_EQ(bench.stream.judge(ask(3, 0)).kind, Kind::Wait);
  EXPECT_EQ(bench.stream.judge(ask(4, 0)).kind, Kind::Invalid);
  EXPECT_EQ(bench.stream.judge(ask(4)).kind, Kind::Invalid);
}

TEST(BlockingReload, more_than_three_seconds_of_parts_ahead_is_invalid) {
  Bench bench;
  bench.start(84);
  EXPECT_EQ(bench.stream.judge(ask(1, 4 + 14)).kind, Kind::Wait);
  EXPECT_EQ(bench.stream.judge(ask(1, 4 + 15)).kind, Kind::Invalid);
}

TEST(BlockingReload, a_part_behind_the_end_of_a_finished_segment_means_the_first_of_the_next) {
  Bench bench;
  bench.start(120);
  EXPECT_EQ(bench.stream.judge(ask(1, 10)).kind, Kind::Wait);
  bench.deliver(1, 126);
  EXPECT_EQ(bench.stream.judge(ask(1, 10)).kind, Kind::Ready);
}

TEST(BlockingReload,
     who_waits_for_a_part_that_an_early_close_took_away_gets_the_first_part_of_the_next_life) {
  Bench bench;
  bench.start(84);
  bench.prepare(2);
  bench.stream.end_life(1, bench.at(84));
  bench.stream.begin_life(2, bench.at(84));
  EXPECT_EQ(bench.stream.judge(ask(1, 4)).kind, Kind::Wait);
  bench.send(2, 84, 6, true);
  EXPECT_EQ(bench.stream.judge(ask(1, 4)).kind, Kind::Ready);
}

TEST(BlockingReload, a_playlist_that_ended_never_blocks) {
  Bench bench;
  bench.start(84);
  bench.stream.stop(bench.at(84));
  EXPECT_EQ(bench.stream.judge(ask(50, 3)).kind, Kind::Ready);
}

TEST(MediaNames, parts_segments_and_init_are_found_with_their_bytes) {
  Bench bench;
  bench.start(84);
  const auto& closed = bench.store().window().front();
  const auto segment = bench.stream.find("seg-s-0.m4s");
  ASSERT_EQ(segment.kind, MediaLookup::Kind::Found);
  EXPECT_EQ(segment.bytes.size, closed.body->size());
  const auto part = bench.stream.find("part-s-2-" + closed.init->id + ".m4s");
  ASSERT_EQ(part.kind, MediaLookup::Kind::Found);
  EXPECT_EQ(part.bytes.offset, closed.parts[1].offset);
  EXPECT_EQ(part.bytes.size, closed.parts[1].size);
  const auto init = bench.stream.find("init-" + closed.init->id + ".mp4");
  ASSERT_EQ(init.kind, MediaLookup::Kind::Found);
  EXPECT_EQ(init.bytes.body->read(0, init.bytes.size), media_test::make_init(90000));
  EXPECT_GT(init.bytes.max_age_seconds, 20);
}

TEST(MediaNames, anything_else_is_unknown) {
  Bench bench;
  bench.start(84);
  const std::string id = bench.last().init->id;
  for (const std::string& name :
       {std::string("seg-s-1.m4s"), std::string("seg-t-0.m4s"), std::string("seg-s-0.m4sx"),
        std::string("seg-s-"), std::string("seg-s-00.m4s"), std::string("part-s-2.m4s"),
        "part-s-2-" + id + "0.m4s", "part-s-99-" + id + ".m4s", "part-s-16-" + id + ".m4s",
        std::string("part-s-2-00000000.m4s"), std::string("init-00000000.mp4"), std::string("../seg-s-0.m4s"),
        std::string()}) {
    EXPECT_EQ(bench.stream.find(name).kind, MediaLookup::Kind::Unknown) << name;
  }
}

TEST(MediaNames, the_hinted_part_comes_later_and_is_then_what_was_published_whoever_made_it) {
  Bench bench;
  bench.start(84);
  const std::string hinted = "part-s-15-" + bench.last().init->id + ".m4s";
  EXPECT_EQ(bench.stream.find(hinted).kind, MediaLookup::Kind::Later);
  bench.stream.end_life(1, bench.at(84));
  bench.stream.advance(bench.at(90, 20));
  EXPECT_EQ(bench.stream.find(hinted).kind, MediaLookup::Kind::Found);
}

TEST(MediaNames, what_left_the_window_stays_fetchable_for_two_windows_and_then_goes) {
  Bench bench;
  bench.start(60 * 10 + 60);
  ASSERT_EQ(bench.store().media_sequence(), 1);
  const auto held = bench.stream.find("seg-s-0.m4s");
  EXPECT_EQ(held.kind, MediaLookup::Kind::Found);
  bench.deliver(1, 60 * 31);
  EXPECT_EQ(bench.stream.find("seg-s-0.m4s").kind, MediaLookup::Kind::Found);
  bench.deliver(1, 60 * 32);
  EXPECT_EQ(bench.stream.find("seg-s-0.m4s").kind, MediaLookup::Kind::Unknown);
  EXPECT_FALSE(held.bytes.body->read(0, 8).empty()) << "who is still sending it keeps it";
  EXPECT_EQ(bench.store().retired_count(), 21u);
}

TEST(PublishedStream, listeners_are_called_once_for_each_change_and_only_then) {
  Bench bench;
  int calls = 0;
  bench.stream.on_change([&] { ++calls; });
  bench.start(12);
  EXPECT_EQ(calls, 2) << "init, kit and begin are no changes";
  bench.send(1, 0, 6, true);
  EXPECT_EQ(calls, 2) << "a refused part is no change";
  bench.stream.stop(bench.at(13));
  EXPECT_EQ(calls, 3);
}

TEST(PublishedStream, a_playlist_is_rendered_once_for_each_change) {
  Bench bench;
  bench.start(12);
  const auto first = bench.stream.playlist(false);
  EXPECT_EQ(bench.stream.playlist(false), first);
  bench.deliver(1, 18);
  EXPECT_NE(bench.stream.playlist(false), first);
}

TEST(PublishedStream, the_mirror_is_told_of_every_closed_segment_and_of_the_stop) {
  Bench bench;
  std::vector<supervisor::MirrorUpdate> updates;
  bench.stream.on_segment([&](supervisor::MirrorUpdate update) { updates.push_back(std::move(update)); });
  bench.start(126);
  ASSERT_EQ(updates.size(), 2u);
  ASSERT_EQ(updates[1].files.size(), 3u);
  EXPECT_EQ(updates[1].files[2].name, "seg-s-1.m4s");
  EXPECT_TRUE(updates[1].files[2].body->sealed());
  EXPECT_THAT(updates[1].playlist, testing::HasSubstr("seg-s-1.m4s\n"));
  bench.stream.stop(bench.at(127));
  ASSERT_EQ(updates.size(), 3u);
  EXPECT_THAT(updates[2].playlist, testing::HasSubstr("#EXT-X-ENDLIST\n"));
}

}  // namespace
