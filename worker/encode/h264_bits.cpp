#include "worker/encode/h264_bits.h"

#include <algorithm>
#include <array>

namespace worker {
namespace {

// Reads bits of a raw (unescaped) NAL unit; past the end it gives zeros and remembers that it failed.
class BitReader {
 public:
  explicit BitReader(ByteView raw) : raw_(raw) {}
  unsigned bit() {
    if (position_ >= raw_.size() * 8) {
      failed_ = true;
      return 0;
    }
    const unsigned value = raw_[position_ / 8] >> (7 - position_ % 8) & 1u;
    ++position_;
    return value;
  }
  unsigned bits(int count) {
    unsigned value = 0;
    while (count-- > 0) value = value << 1 | bit();
    return value;
  }
  // Exp-Golomb, 9.1
  unsigned ue() {
    int zeros = 0;
    while (!failed_ && bit() == 0) ++zeros;
    if (failed_ || zeros > 31) {
      failed_ = true;
      return 0;
    }
    return (1u << zeros) - 1 + bits(zeros);
  }
  std::size_t position() const { return position_; }
  bool failed() const { return failed_; }

 private:
  ByteView raw_;
  std::size_t position_ = 0;
  bool failed_ = false;
};

void write_bits(std::vector<std::uint8_t>& raw, std::size_t position, int count, unsigned value) {
  for (int i = count - 1; i >= 0; --i, ++position) {
    const auto mask = static_cast<std::uint8_t>(1u << (7 - position % 8));
    std::uint8_t& byte = raw[position / 8];
    byte = static_cast<std::uint8_t>((value >> i & 1u) != 0 ? byte | mask : byte & ~mask);
  }
}

bool has_chroma_fields(unsigned profile) {
  constexpr std::array<unsigned, 13> with = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
  return std::find(with.begin(), with.end(), profile) != with.end();
}

// The header up to and including idr_pic_id; `frame_num_at` is the bit where frame_num begins.
common::Result<SliceFacts> read_slice(ByteView nal, ByteView raw, const SequenceFacts& sequence,
                                      std::size_t* frame_num_at) {
  const NalType type = nal_type(nal);
  if (type != NalType::Slice && type != NalType::IdrSlice) return common::error("H.264: not a slice");
  BitReader reader(raw);
  reader.bits(8);
  SliceFacts slice;
  slice.idr = type == NalType::IdrSlice;
  slice.reference = (nal[0] & 0x60) != 0;
  slice.first_macroblock = reader.ue();
  slice.type = reader.ue();
  reader.ue();  // pic_parameter_set_id
  *frame_num_at = reader.position();
  slice.frame_num = reader.bits(sequence.frame_num_bits);
  if (slice.idr) slice.idr_picture_id = reader.ue();
  if (reader.failed()) return common::error("H.264: slice header is cut off");
  return slice;
}

}  // namespace

std::vector<ByteView> split_annexb(ByteView stream) {
  std::vector<ByteView> nals;
  std::size_t begin = stream.size();
  const auto close = [&](std::size_t end) {
    while (end > begin && stream[end - 1] == 0) --end;
    if (end > begin) nals.push_back(stream.subspan(begin, end - begin));
  };
  for (std::size_t i = 0; i + 2 < stream.size(); ++i) {
    if (stream[i] != 0 || stream[i + 1] != 0 || stream[i + 2] != 1) continue;
    close(i);
    begin = i + 3;
    i += 2;
  }
  close(stream.size());
  return nals;
}

std::vector<ByteView> split_prefixed(ByteView access_unit) {
  std::vector<ByteView> nals;
  while (!access_unit.empty()) {
    if (access_unit.size() < 4) return {};
    const std::size_t length = static_cast<std::size_t>(access_unit[0]) << 24 | access_unit[1] << 16 |
                               access_unit[2] << 8 | access_unit[3];
    if (length == 0 || length > access_unit.size() - 4) return {};
    nals.push_back(access_unit.subspan(4, length));
    access_unit = access_unit.subspan(4 + length);
  }
  return nals;
}

void append_prefixed(std::vector<std::uint8_t>& access_unit, ByteView nal) {
  for (int shift = 24; shift >= 0; shift -= 8)
    access_unit.push_back(static_cast<std::uint8_t>(nal.size() >> shift & 0xff));
  access_unit.insert(access_unit.end(), nal.begin(), nal.end());
}

std::vector<std::uint8_t> unescape(ByteView nal) {
  std::vector<std::uint8_t> raw;
  raw.reserve(nal.size());
  int zeros = 0;
  for (const std::uint8_t byte : nal) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    raw.push_back(byte);
  }
  return raw;
}

std::vector<std::uint8_t> escape(ByteView raw) {
  std::vector<std::uint8_t> nal;
  nal.reserve(raw.size() + raw.size() / 64 + 1);
  int zeros = 0;
  for (const std::uint8_t byte : raw) {
    if (zeros == 2 && byte <= 3) {
      nal.push_back(3);
      zeros = 0;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    nal.push_back(byte);
  }
  // A unit never ends with a zero byte (7.4.1): cabac_zero_words are closed this way.
  if (zeros > 0) nal.push_back(3);
  return nal;
}

common::Result<SequenceFacts> parse_sequence(ByteView sps) {
  if (nal_type(sps) != NalType::Sps) return common::error("H.264: not a sequence parameter set");
  const std::vector<std::uint8_t> raw = unescape(sps);
  BitReader reader(raw);
  reader.bits(8);
  SequenceFacts facts;
  facts.profile = static_cast<int>(reader.bits(8));
  reader.bits(8);
  facts.level = static_cast<int>(reader.bits(8));
  reader.ue();  // seq_parameter_set_id
  if (has_chroma_fields(static_cast<unsigned>(facts.profile))) {
    if (reader.ue() != 1) return common::error("H.264: only 4:2:0 pictures are supported");
    if (reader.ue() != 0 || reader.ue() != 0)
      return common::error("H.264: only 8 bits a sample are supported");
    reader.bit();
    if (reader.bit() != 0) return common::error("H.264: scaling matrices are not supported");
  }
  facts.frame_num_bits = static_cast<int>(reader.ue()) + 4;
  facts.order_count_type = static_cast<int>(reader.ue());
  if (facts.order_count_type == 0) reader.ue();
  if (facts.order_count_type == 1) return common::error("H.264: picture order count type 1 is not supported");
  facts.reference_frames = static_cast<int>(reader.ue());
  reader.bit();  // gaps_in_frame_num_value_allowed_flag
  reader.ue();   // pic_width_in_mbs_minus1
  reader.ue();   // pic_height_in_map_units_minus1
  const bool frames_only = reader.bit() != 0;
  if (reader.failed() || facts.frame_num_bits > 16) return common::error("H.264: damaged parameter set");
  if (!frames_only) return common::error("H.264: interlaced pictures are not supported");
  return facts;
}

common::Result<SliceFacts> parse_slice(ByteView nal, const SequenceFacts& sequence) {
  std::size_t frame_num_at = 0;
  return read_slice(nal, unescape(nal), sequence, &frame_num_at);
}

common::Result<std::vector<std::uint8_t>> renumber(ByteView access_unit, unsigned frame_num,
                                                   const SequenceFacts& sequence) {
  const std::vector<ByteView> nals = split_prefixed(access_unit);
  if (nals.empty()) return common::error("H.264: not an access unit");
  std::vector<std::uint8_t> result;
  result.reserve(access_unit.size() + 16);
  for (const ByteView nal : nals) {
    const NalType type = nal_type(nal);
    if (type != NalType::Slice && type != NalType::IdrSlice) {
      append_prefixed(result, nal);
      continue;
    }
    std::vector<std::uint8_t> raw = unescape(nal);
    std::size_t frame_num_at = 0;
    const auto slice = read_slice(nal, raw, sequence, &frame_num_at);
    if (!slice) return slice.error();
    write_bits(raw, frame_num_at, sequence.frame_num_bits, frame_num % (1u << sequence.frame_num_bits));
    append_prefixed(result, escape(raw));
  }
  return result;
}

common::Result<std::vector<std::uint8_t>> make_avc_config(std::span<const ByteView> nals) {
  ByteView sps;
  ByteView pps;
  for (const ByteView nal : nals) {
    if (nal_type(nal) == NalType::Sps) sps = nal;
    if (nal_type(nal) == NalType::Pps) pps = nal;
  }
  if (nal_type(sps) != NalType::Sps || sps.size() < 4 || sps.size() > 0xffff)
    return common::error("H.264: not a sequence parameter set");
  if (nal_type(pps) != NalType::Pps || pps.size() > 0xffff)
    return common::error("H.264: not a picture parameter set");
  std::vector<std::uint8_t> config = {1, sps[1], sps[2], sps[3], 0xff, 0xe1};
  const auto append = [&config](ByteView set) {
    config.push_back(static_cast<std::uint8_t>(set.size() >> 8));
    config.push_back(static_cast<std::uint8_t>(set.size() & 0xff));
    config.insert(config.end(), set.begin(), set.end());
  };
  append(sps);
  config.push_back(1);
  append(pps);
  // chroma_format 4:2:0, 8 bits luma and chroma, no extensions
  if (has_chroma_fields(sps[1])) config.insert(config.end(), {0xfd, 0xf8, 0xf8, 0x00});
  return config;
}

common::Result<SequenceFacts> parse_avc_config(ByteView config) {
  if (config.size() < 8 || config[0] != 1) return common::error("H.264: not a decoder configuration");
  const std::size_t length = static_cast<std::size_t>(config[6]) << 8 | config[7];
  if (length > config.size() - 8) return common::error("H.264: decoder configuration is cut off");
  return parse_sequence(config.subspan(8, length));
}

}  // namespace worker
