// The parser of what workers send: whole bytes are understood, cut or changed ones are refused or at least
// harmless.
#include "supervisor/media/fragment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "media_maker.h"

namespace {

using media_test::Bytes;
using supervisor::parse_fragment;
using supervisor::parse_init;
using testing::HasSubstr;

supervisor::InitFacts init_facts() {
  return *parse_init(media_test::make_init(90000));
}

Bytes good_part() {
  return media_test::part_bytes(media_test::test_grid(), 84, 6, true);
}

Bytes box(const char* type, std::size_t payload) {
  Bytes bytes = {0, 0, 0, static_cast<std::uint8_t>(payload + 8)};
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(type[i]));
  bytes.resize(payload + 8);
  return bytes;
}

Bytes operator+(const Bytes& a, const Bytes& b) {
  Bytes sum = a;
  for (const std::uint8_t byte : b) sum.push_back(byte);
  return sum;
}

TEST(InitSegment, says_codec_size_and_timescale) {
  const auto facts = init_facts();
  EXPECT_EQ(facts.codec, "avc1.640028");
  EXPECT_EQ(facts.width, 1920);
  EXPECT_EQ(facts.height, 1080);
  EXPECT_EQ(facts.timescale, 90000u);
  EXPECT_EQ(facts.track_id, 1u);
}

TEST(InitSegment, cut_anywhere_is_refused) {
  const Bytes whole = media_test::make_init(90000);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_init(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  }
}

TEST(InitSegment, with_media_inside_is_refused) {
  EXPECT_FALSE(parse_init(media_test::make_init(90000) + good_part()));
}

TEST(Fragment, what_was_built_is_what_is_parsed) {
  const auto facts = parse_fragment(good_part(), init_facts());
  ASSERT_TRUE(facts) << facts.error().reason;
  EXPECT_EQ(facts->decode_time, 84u * 3000);
  EXPECT_EQ(facts->duration, 6u * 3000);
  EXPECT_EQ(facts->samples, 6u);
  EXPECT_TRUE(facts->uniform);
  EXPECT_TRUE(facts->first_is_sync);
  EXPECT_EQ(facts->last_sync, 0);
}

TEST(Fragment, without_a_key_frame_says_so) {
  const auto facts =
      parse_fragment(media_test::part_bytes(media_test::test_grid(), 90, 3, false), init_facts());
  ASSERT_TRUE(facts);
  EXPECT_FALSE(facts->first_is_sync);
  EXPECT_EQ(facts->last_sync, -1);
}

TEST(Fragment, the_sequence_number_is_replaced_in_place) {
  Bytes bytes = good_part();
  const auto facts = parse_fragment(bytes, init_facts());
  const Bytes before = bytes;
  supervisor::patch_sequence(bytes, facts->sequence_offset, 0x01020304);
  EXPECT_EQ(Bytes(bytes.begin() + 20, bytes.begin() + 24), (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(before[23], 999 & 0xff);
  supervisor::patch_sequence(bytes, facts->sequence_offset, 999);
  EXPECT_EQ(bytes, before) << "nothing else changed";
}

TEST(Fragment, boxes_before_the_moof_are_skipped_and_the_sequence_is_still_found) {
  Bytes bytes = box("styp", 12) + box("sidx", 40) + good_part();
  const auto facts = parse_fragment(bytes, init_facts());
  ASSERT_TRUE(facts) << facts.error().reason;
  EXPECT_EQ(facts->sequence_offset, 20u + 48 + 20);
}

TEST(Fragment, other_boxes_two_fragments_and_trailing_bytes_are_refused) {
  EXPECT_FALSE(parse_fragment(box("moov", 12) + good_part(), init_facts()));
  EXPECT_FALSE(parse_fragment(good_part() + good_part(), init_facts()));
  EXPECT_FALSE(parse_fragment(good_part() + box("free", 4), init_facts()));
  EXPECT_FALSE(parse_fragment(good_part() + Bytes{0}, init_facts()));
}

TEST(Fragment, of_another_track_is_refused) {
  auto init = init_facts();
  init.track_id = 2;
  const auto facts = parse_fragment(good_part(), init);
  ASSERT_FALSE(facts);
  EXPECT_THAT(facts.error().reason, HasSubstr("tfhd"));
}

TEST(Fragment, cut_anywhere_is_refused) {
  const Bytes whole = good_part();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(parse_fragment(cut, init_facts())) << size << " bytes of " << whole.size();
  }
}

TEST(Fragment, with_any_bit_changed_is_refused_or_understood_within_its_bytes) {
  const Bytes whole = good_part();
  const auto init = init_facts();
  int refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes bytes = whole;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
    const auto facts = parse_fragment(bytes, init);
    if (!facts) {
      ++refused;
      continue;
    }
    EXPECT_LE(facts->samples, bytes.size());
    EXPECT_LE(facts->sequence_offset + 4, bytes.size());
  }
  EXPECT_GT(refused, 500);
}

TEST(Fragment, a_sample_count_beyond_the_bytes_or_the_limit_is_refused_without_work) {
  Bytes bytes = good_part();
  const std::string text(bytes.begin(), bytes.end());
  const std::size_t count = text.find("trun") + 8;
  for (const unsigned high : {0x00u, 0x01u, 0xffu}) {
    bytes[count] = static_cast<std::uint8_t>(high);
    bytes[count + 2] = 0x10;
    EXPECT_FALSE(parse_fragment(bytes, init_facts()));
  }
}

TEST(Fragment, random_bytes_are_refused) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    Bytes bytes(static_cast<std::size_t>(random() % 200));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    EXPECT_FALSE(parse_fragment(bytes, init_facts()));
    EXPECT_FALSE(parse_init(bytes));
  }
}

// ftyp and moov, then one moof and mdat for each picture, as libavformat writes them.
TEST(Fragment, of_libavformat_are_understood) {
  const char* const path = std::getenv("MEDIA_TEST_REAL");
  if (path == nullptr) GTEST_SKIP() << "MEDIA_TEST_REAL names no file";
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const Bytes bytes(text.begin(), text.end());
  std::vector<std::size_t> starts;
  for (auto at = text.find("moof"); at != std::string::npos; at = text.find("moof", at + 1))
    starts.push_back(at - 4);
  starts.push_back(text.find("mfra") - 4);
  ASSERT_EQ(starts.size(), 61u);
  const auto slice = [&](std::size_t from, std::size_t to) {
    return std::span<const std::uint8_t>(bytes).subspan(from, to - from);
  };
  const auto init = parse_init(slice(0, starts[0]));
  ASSERT_TRUE(init) << init.error().reason;
  EXPECT_THAT(init->codec, testing::StartsWith("avc1.64"));
  EXPECT_EQ(init->width, 320);
  EXPECT_EQ(init->height, 180);
  EXPECT_EQ(init->timescale, 90000u);
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    const auto facts = parse_fragment(slice(starts[i], starts[i + 1]), *init);
    ASSERT_TRUE(facts) << facts.error().reason;
    EXPECT_EQ(facts->decode_time, i * 3000);
    EXPECT_EQ(facts->samples, 1u);
    EXPECT_EQ(facts->first_is_sync, i % 30 == 0);
  }
}

}  // namespace
