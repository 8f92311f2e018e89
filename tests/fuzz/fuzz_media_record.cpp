// link: common
// The media socket, read in any sizes: the same records, or the same refusal, however the bytes are cut.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "common/media_record.h"

namespace {

using Items = std::vector<common::MediaRecordReader::Item>;

bool same(const Items& left, const Items& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const auto& one, const auto& other) {
                      return one.header == other.header && one.bytes == other.bytes;
                    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 61;  // the first byte says how the rest is cut
  const std::span<const std::uint8_t> stream(data + 1, size - 1);

  Items whole, pieces;
  common::MediaRecordReader whole_reader, piece_reader;
  const bool whole_is_valid = whole_reader.feed(stream, whole);
  bool pieces_are_valid = true;
  for (std::size_t at = 0; at < stream.size() && pieces_are_valid; at += step)
    pieces_are_valid = piece_reader.feed(stream.subspan(at, std::min(step, stream.size() - at)), pieces);

  if (whole_is_valid != pieces_are_valid || !same(whole, pieces)) std::abort();
  for (const auto& item : whole) {
    if (item.bytes.size() != item.header.length || item.header.length > common::MediaRecord::length_max)
      std::abort();
    const auto header = common::encode_header(item.header);
    if (const auto decoded = common::decode_header(header); !decoded || !(*decoded == item.header))
      std::abort();
  }
  return 0;
}
