// The few bits of H.264 (ITU-T H.264 7.3, 7.4, Annex B) the worker must read and rewrite: NAL units, their
// escaping, the parameter sets' facts, and frame_num in a slice header. Pure: bytes in, bytes out; refuses
// what it does not know instead of guessing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/result.h"

namespace worker {

using ByteView = std::span<const std::uint8_t>;

enum class NalType : std::uint8_t { Slice = 1, IdrSlice = 5, Sei = 6, Sps = 7, Pps = 8, Delimiter = 9 };

inline NalType nal_type(ByteView nal) {
  return static_cast<NalType>(nal.empty() ? 0 : nal[0] & 0x1f);
}

// NAL units of an Annex B byte stream, without start codes and trailing zero bytes.
std::vector<ByteView> split_annexb(ByteView stream);
// NAL units of a length-prefixed (4 bytes) access unit; nothing when a length does not fit.
std::vector<ByteView> split_prefixed(ByteView access_unit);
void append_prefixed(std::vector<std::uint8_t>& access_unit, ByteView nal);

// Emulation prevention (7.4.1): a NAL unit to its raw bytes and back. escape(unescape(x)) == x for every
// valid x.
std::vector<std::uint8_t> unescape(ByteView nal);
std::vector<std::uint8_t> escape(ByteView raw);

// What a sequence parameter set says about slice headers.
struct SequenceFacts {
  int profile = 0;
  int level = 0;
  int frame_num_bits = 0;
  int order_count_type = 0;
  int reference_frames = 0;
};
common::Result<SequenceFacts> parse_sequence(ByteView sps);

struct SliceFacts {
  unsigned first_macroblock = 0;
  unsigned type = 0;  // 0 and 5: P; 2 and 7: I
  unsigned frame_num = 0;
  unsigned idr_picture_id = 0;  // IDR slices only
  bool idr = false;
  bool reference = false;  // nal_ref_idc is not 0
};
common::Result<SliceFacts> parse_slice(ByteView nal, const SequenceFacts& sequence);

// The length-prefixed access unit with frame_num (modulo its range) in every slice; its length changes only
// by escape bytes.
common::Result<std::vector<std::uint8_t>> renumber(ByteView access_unit, unsigned frame_num,
                                                   const SequenceFacts& sequence);

// The SPS and the PPS among these units as an AVCDecoderConfigurationRecord with 4-byte lengths (ISO 14496-15
// 5.3.3.1), and back.
common::Result<std::vector<std::uint8_t>> make_avc_config(std::span<const ByteView> nals);
common::Result<SequenceFacts> parse_avc_config(ByteView config);

}  // namespace worker
