#include "worker/encode/h264_bits.h"

#include <gtest/gtest.h>

#include <random>

using namespace worker;

TEST(H264Bits, escaping_and_unescaping_give_back_every_unit) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::uint8_t> raw(1 + random() % 40);
    for (auto& byte : raw) byte = static_cast<std::uint8_t>(random() % 3 == 0 ? random() % 5 : 0);
    raw.back() = 0x80;
    const std::vector<std::uint8_t> nal = escape(raw);
    EXPECT_EQ(unescape(nal), raw);
    EXPECT_EQ(escape(unescape(nal)), nal);
    for (std::size_t i = 0; i + 2 < nal.size(); ++i)
      ASSERT_FALSE(nal[i] == 0 && nal[i + 1] == 0 && nal[i + 2] < 3) << "a start code inside a unit";
  }
}

TEST(H264Bits, a_unit_that_ends_with_zeros_is_closed_and_comes_back) {
  const std::vector<std::uint8_t> raw = {0x41, 0x80, 0, 0, 0, 0};
  const std::vector<std::uint8_t> nal = escape(raw);
  EXPECT_EQ(nal.back(), 3);
  EXPECT_EQ(unescape(nal), raw);
}

TEST(H264Bits, start_codes_of_three_and_four_bytes_part_units) {
  const std::vector<std::uint8_t> stream = {0, 0, 0, 1, 0x67, 1,    2, 0, 0, 1, 0x68,
                                            3, 0, 0, 0, 1,    0x65, 0, 0, 3, 4};
  const auto nals = split_annexb(stream);
  ASSERT_EQ(nals.size(), 3u);
  EXPECT_EQ(nal_type(nals[0]), NalType::Sps);
  EXPECT_EQ(std::vector<std::uint8_t>(nals[1].begin(), nals[1].end()), (std::vector<std::uint8_t>{0x68, 3}));
  EXPECT_EQ(nals[2].size(), 5u);
  EXPECT_TRUE(split_annexb(std::vector<std::uint8_t>{1, 2, 3}).empty());
}

TEST(H264Bits, a_length_that_does_not_fit_gives_no_units) {
  EXPECT_TRUE(split_prefixed(std::vector<std::uint8_t>{0, 0, 0, 9, 1}).empty());
  EXPECT_TRUE(split_prefixed(std::vector<std::uint8_t>{0, 0, 0, 0}).empty());
  EXPECT_TRUE(split_prefixed(std::vector<std::uint8_t>{0, 0, 0, 1, 0x41, 7}).empty());
  EXPECT_EQ(split_prefixed(std::vector<std::uint8_t>{0, 0, 0, 1, 0x41}).size(), 1u);
}

TEST(H264Bits, damaged_bytes_are_refused_or_read_but_never_overrun) {
  std::mt19937 random(2);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::uint8_t> bytes(random() % 30);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    if (!bytes.empty()) bytes[0] = static_cast<std::uint8_t>(random() % 2 == 0 ? 0x67 : 0x65);
    (void)parse_sequence(bytes);
    (void)parse_slice(bytes, SequenceFacts{100, 40, 4, 2, 1});
    std::vector<std::uint8_t> unit;
    append_prefixed(unit, bytes);
    const auto renumbered = renumber(unit, 5, SequenceFacts{100, 40, 4, 2, 1});
    if (renumbered && !bytes.empty() && bytes[0] == 0x65) {
      EXPECT_EQ(parse_slice(split_prefixed(*renumbered)[0], SequenceFacts{100, 40, 4, 2, 1})->frame_num, 5u);
    }
  }
}
