// A stream as other threads see it: what it was, whatever becomes of it.
#include <gtest/gtest.h>

#include "media_maker.h"
#include "supervisor/media/snapshot_stream.h"

namespace {

using media_test::Bench;
using supervisor::MediaLookup;
using supervisor::PlaylistQuery;
using supervisor::SnapshotStream;
using Kind = supervisor::ReloadVerdict::Kind;

PlaylistQuery ask(std::int64_t msn, int part) {
  PlaylistQuery query;
  query.msn = msn;
  query.part = part;
  return query;
}

std::string next_part(Bench& bench) {
  return bench.store().part_name(*bench.last().init, bench.stream.publisher().playlist_state().next_serial);
}

TEST(Snapshot, says_what_the_stream_said_when_it_was_taken) {
  Bench bench;
  EXPECT_EQ(bench.stream.snapshot()->judge({}).kind, Kind::Wait) << "before the first part";
  bench.start(684);  // a window and more; the last segment is open with parts 0..3
  const auto snapshot = bench.stream.snapshot();
  const std::string full = bench.playlist(), delta = *bench.stream.playlist(true);
  const std::string hinted = next_part(bench);
  const auto version = bench.stream.version();
  const auto msn = bench.last().msn;
  ASSERT_TRUE(bench.deliver(1, 720));
  EXPECT_NE(bench.playlist(), full);
  EXPECT_EQ(snapshot->render(false), full);
  EXPECT_EQ(snapshot->render(true), delta);
  EXPECT_NE(full, delta);
  EXPECT_EQ(snapshot->version(), version);
  EXPECT_EQ(snapshot->judge(ask(msn, 3)).kind, Kind::Ready);
  EXPECT_EQ(snapshot->judge(ask(msn, 4)).kind, Kind::Wait);
  EXPECT_EQ(snapshot->find(hinted).kind, MediaLookup::Kind::Later);
  EXPECT_EQ(bench.stream.find(hinted).kind, MediaLookup::Kind::Found);
  EXPECT_EQ(bench.stream.judge(ask(msn, 4)).kind, Kind::Ready);
}

TEST(Snapshot, finds_the_same_bytes_and_keeps_them) {
  Bench bench;
  bench.start(84);
  const std::string init = bench.store().init_name(*bench.last().init);
  const std::string segment = bench.store().segment_name(bench.store().window().front());
  const std::string part = bench.store().part_name(*bench.last().init, bench.last().parts.back().serial);
  const auto snapshot = bench.stream.snapshot();
  for (const std::string& name : {init, segment, part}) {
    const auto here = bench.stream.find(name).bytes, there = snapshot->find(name).bytes;
    EXPECT_EQ(there.body, here.body) << name;
    EXPECT_EQ(std::pair(there.offset, there.size), std::pair(here.offset, here.size)) << name;
    EXPECT_EQ(there.max_age_seconds, here.max_age_seconds) << name;
  }
  const auto before = snapshot->find(part).bytes;
  const auto bytes = before.body->read(before.offset, before.size);
  ASSERT_TRUE(bench.deliver(1, 4000)) << "far beyond what is kept";
  EXPECT_EQ(bench.stream.find(part).kind, MediaLookup::Kind::Unknown);
  const auto after = snapshot->find(part).bytes;
  EXPECT_EQ(after.body->read(after.offset, after.size), bytes);
}

TEST(SnapshotStream, renders_once_for_a_snapshot_and_tells_of_the_next) {
  Bench bench;
  bench.start(600);
  SnapshotStream stream(bench.stream.snapshot());
  int told = 0;
  stream.on_change([&] { ++told; });
  const auto text = stream.playlist(false);
  EXPECT_EQ(*text, bench.playlist());
  EXPECT_EQ(stream.playlist(false), text) << "the same bytes for every viewer";
  EXPECT_EQ(stream.gzipped_playlist(false), stream.gzipped_playlist(false));
  EXPECT_EQ(*stream.gzipped_playlist(false), *bench.stream.gzipped_playlist(false));
  ASSERT_TRUE(bench.deliver(1, 606));
  EXPECT_EQ(stream.playlist(false), text);
  stream.replace(bench.stream.snapshot());
  EXPECT_EQ(told, 1);
  EXPECT_EQ(*stream.playlist(false), bench.playlist());
  EXPECT_EQ(stream.version(), bench.stream.version());
}

}  // namespace
