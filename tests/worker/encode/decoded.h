// What a real decoder sees: an mp4 byte stream demuxed and decoded by libavformat and libavcodec, with every
// warning counted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "worker/av/av_owners.h"
#include "worker/encode/encoder.h"

namespace tests {

struct DecodedPicture {
  std::int64_t pts = 0;
  std::vector<std::uint8_t> planes;  // Y, U, V without padding
};

struct Decoded {
  std::vector<DecodedPicture> pictures;
  std::vector<std::string> complaints;  // warnings and errors of libav
};

// init followed by parts.
Decoded decode_mp4(const worker::Bytes& file);

// tfdt of the first track fragment of a part; -1: none.
std::int64_t decode_time(const worker::Bytes& part);
// Types of the top-level boxes, "moof mdat".
std::string box_types(const worker::Bytes& bytes);

}  // namespace tests
