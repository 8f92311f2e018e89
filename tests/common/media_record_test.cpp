#include "common/media_record.h"

#include <gtest/gtest.h>

#include <random>

using common::decode_header;
using common::encode_header;
using common::MediaRecord;
using common::MediaRecordReader;
using common::RecordType;

namespace {

MediaRecord part(std::uint32_t length) {
  MediaRecord record;
  record.type = RecordType::Part;
  record.independent = true;
  record.slate = true;
  record.rendition = 3;
  record.generation = 0x1122334455667788;
  record.pts = -5;
  record.duration = 18'000;
  record.pictures = 6;
  record.length = length;
  return record;
}

std::vector<std::uint8_t> stream_of(const std::vector<MediaRecord>& records) {
  std::vector<std::uint8_t> bytes;
  for (const MediaRecord& record : records) {
    const auto header = encode_header(record);
    bytes.insert(bytes.end(), header.begin(), header.end());
    bytes.insert(bytes.end(), record.length, static_cast<std::uint8_t>(record.length));
  }
  return bytes;
}

TEST(MediaRecord, a_header_comes_back_as_it_was) {
  EXPECT_EQ(decode_header(encode_header(part(77))), part(77));
}

TEST(MediaRecord, another_magic_type_or_length_is_refused) {
  auto bytes = encode_header(part(1));
  auto broken = bytes;
  broken[0] ^= 1;
  EXPECT_FALSE(decode_header(broken));
  broken = bytes;
  broken[4] = 0;
  EXPECT_FALSE(decode_header(broken));
  broken[4] = static_cast<std::uint8_t>(RecordType::Picture);
  EXPECT_TRUE(decode_header(broken)) << "the last type";
  ++broken[4];
  EXPECT_FALSE(decode_header(broken));
  EXPECT_FALSE(decode_header(encode_header(part(0))));
  EXPECT_TRUE(decode_header(encode_header(part(MediaRecord::length_max))));
  EXPECT_FALSE(decode_header(encode_header(part(MediaRecord::length_max + 1))));
}

TEST(MediaRecord, every_way_to_split_the_stream_gives_the_same_records) {
  const auto bytes = stream_of({part(3), part(1), part(50)});
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    MediaRecordReader reader;
    std::vector<MediaRecordReader::Item> items;
    ASSERT_TRUE(reader.feed(std::span(bytes).first(cut), items));
    ASSERT_TRUE(reader.feed(std::span(bytes).subspan(cut), items));
    ASSERT_EQ(items.size(), 3u) << cut;
    EXPECT_EQ(items[0].header, part(3));
    EXPECT_EQ(items[2].bytes, std::vector<std::uint8_t>(50, 50));
  }
}

TEST(MediaRecord, nothing_is_read_after_a_broken_header) {
  auto bytes = stream_of({part(3)});
  bytes.insert(bytes.end(), 40, 0xff);
  const auto more = stream_of({part(3)});
  bytes.insert(bytes.end(), more.begin(), more.end());
  MediaRecordReader reader;
  std::vector<MediaRecordReader::Item> items;
  EXPECT_FALSE(reader.feed(bytes, items));
  EXPECT_FALSE(reader.feed(more, items));
  EXPECT_EQ(items.size(), 1u);
}

TEST(MediaRecord, random_bytes_never_become_a_record_without_the_magic) {
  std::mt19937 random(1);
  MediaRecordReader reader;
  std::vector<MediaRecordReader::Item> items;
  std::vector<std::uint8_t> noise(4096);
  for (auto& byte : noise)
    byte = static_cast<std::uint8_t>(random() | 1);  // no byte of the magic's 'D' = 0x44
  EXPECT_FALSE(reader.feed(noise, items));
  EXPECT_TRUE(items.empty());
}

}  // namespace
