// A pause, as viewers see it: from the order on the slate and nothing else, whatever the worker does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media_maker.h"

namespace {

using media_test::Bench;
using media_test::RecordType;
using media_test::Slot;
using supervisor::NeedsResume;
using supervisor::OnAir;
using supervisor::Refusal;
using testing::HasSubstr;
using testing::Not;

supervisor::Admission send_slate(Bench& bench, Slot start, int pictures, bool independent) {
  auto header = media_test::part_header(bench.grid(), 1, start, pictures, independent);
  header.slate = true;
  const auto bytes = media_test::part_bytes(bench.grid(), start, pictures, independent);
  return bench.stream.admit(header, bytes, bench.at(start + pictures));
}

// The first byte of the first picture of the last part: 0xee for the prepared slate, 0xaa from a worker.
int first_picture(const Bench& bench) {
  const auto& part = bench.last().parts.back();
  const auto bytes = bench.bytes_of(bench.last(), part);
  return bytes[bytes.size() - static_cast<std::size_t>(part.pictures) * 5];
}

OnAir on_air(const Bench& bench, Slot slot) {
  return bench.stream.facts(bench.at(slot)).on_air;
}

TEST(Paused, the_worker_is_asked_to_open_anew_where_the_stream_ends) {
  Bench bench;
  bench.start(84);
  EXPECT_EQ(bench.stream.set_paused(true, bench.at(85)), (NeedsResume{1, 84}));
  ASSERT_TRUE(send_slate(bench, 84, 6, true));
  EXPECT_EQ(on_air(bench, 90), OnAir::Slate);
  EXPECT_EQ(bench.last().start, 84) << "a segment of its own: who joins now sees nothing else";
  EXPECT_THAT(bench.playlist(), Not(HasSubstr("#EXT-X-DISCONTINUITY\n")));
  ASSERT_TRUE(send_slate(bench, 90, 6, false));
  EXPECT_EQ(bench.stream.facts(bench.at(96)).holes, 0u);
}

TEST(Paused, what_was_captured_is_refused_whatever_its_place) {
  Bench bench;
  bench.start(84);
  bench.stream.set_paused(true, bench.at(85));
  const auto key_frame = bench.send(1, 84, 6, true);
  EXPECT_EQ(key_frame.refusal, Refusal::Paused);
  EXPECT_EQ(bench.send(1, 84, 6, false).refusal, Refusal::Paused);
  EXPECT_EQ(bench.end(), 84);
}

TEST(Paused, pictures_that_came_before_the_order_are_not_published_after_it) {
  Bench bench;
  bench.start(84);
  for (Slot slot = 84; slot < 87; ++slot) {
    auto header = media_test::part_header(bench.grid(), 1, slot, 1, false);
    header.type = RecordType::Picture;
    bench.stream.admit(header, std::vector<std::uint8_t>{0xcc, 0, 0, 0, 0}, bench.at(slot + 1));
  }
  bench.stream.set_paused(true, bench.at(87));
  bench.stream.end_life(1, bench.at(88));
  bench.stream.advance(bench.at(91));
  ASSERT_EQ(bench.end(), 90);
  EXPECT_EQ(first_picture(bench), 0xee);
}

TEST(Paused, without_an_answer_the_prepared_slate_is_shown) {
  Bench bench;
  bench.start(84);
  bench.stream.set_paused(true, bench.at(85));
  bench.stream.advance(bench.at(90, 200));
  EXPECT_EQ(bench.end(), 90);
  EXPECT_EQ(first_picture(bench), 0xee);
  EXPECT_EQ(on_air(bench, 96), OnAir::Slate);
}

TEST(Paused, a_worker_that_goes_on_capturing_is_asked_again) {
  Bench bench;
  bench.start(84);
  bench.stream.set_paused(true, bench.at(85));
  EXPECT_FALSE(bench.send(1, 84, 6, false, bench.at(90)).resume) << "it may not have read the order yet";
  const auto late = bench.send(1, 96, 6, false, bench.at(102));
  EXPECT_EQ(late.refusal, Refusal::Paused);
  EXPECT_TRUE(late.resume);
}

TEST(Paused, a_stream_without_a_worker_shows_the_slate_from_the_next_part_on) {
  Bench bench;
  bench.start(84);
  bench.stream.end_life(1, bench.at(85));
  EXPECT_EQ(bench.stream.set_paused(true, bench.at(86)), std::nullopt);
  bench.stream.advance(bench.at(90, 30));
  EXPECT_EQ(first_picture(bench), 0xee);
}

TEST(Paused, the_picture_comes_back_without_a_seam) {
  Bench bench;
  bench.start(84);
  bench.stream.set_paused(true, bench.at(85));
  ASSERT_TRUE(send_slate(bench, 84, 6, true));
  EXPECT_EQ(bench.stream.set_paused(false, bench.at(91)), std::nullopt);
  ASSERT_TRUE(bench.send(1, 90, 6, false));
  EXPECT_EQ(on_air(bench, 96), OnAir::Picture);
  EXPECT_EQ(bench.last().start, 84);
}

TEST(Paused, the_same_order_twice_is_one) {
  Bench bench;
  bench.start(84);
  bench.stream.set_paused(true, bench.at(85));
  ASSERT_TRUE(send_slate(bench, 84, 6, true));
  EXPECT_EQ(bench.stream.set_paused(true, bench.at(90)), std::nullopt);
  ASSERT_TRUE(send_slate(bench, 90, 6, false));
}

TEST(Paused, a_stream_that_is_stopped_or_has_no_media_takes_the_order) {
  Bench bench;
  EXPECT_EQ(bench.stream.set_paused(true, bench.at(0)), std::nullopt);
  bench.prepare(1);
  bench.stream.begin_life(1, bench.at(0));
  EXPECT_EQ(bench.send(1, 0, 6, true).refusal, Refusal::Paused);
  ASSERT_TRUE(send_slate(bench, 0, 6, true));
  bench.stream.stop(bench.at(7));
  EXPECT_EQ(bench.stream.set_paused(false, bench.at(8)), std::nullopt);
  EXPECT_EQ(bench.stream.set_paused(true, bench.at(8)), std::nullopt);
}

}  // namespace
