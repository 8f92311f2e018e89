// CMAF bytes, read with bounds checks and written: one fragment (moof + mdat, ISO/IEC 14496-12) of one video
// track, and the few facts of an init segment that the timeline needs. What a worker sent is believed only
// after this parser agreed. Pure. Errors name the box and the rule.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/result.h"

namespace supervisor {

// From ftyp + moov: one video track.
struct InitFacts {
  std::string codec;  // RFC 6381: "avc1.640028" ("" when the sample entry is not avc1/avc3)
  int width = 0;      // pixels
  int height = 0;
  std::uint32_t timescale = 0;  // ticks a second
  std::uint32_t track_id = 1;
  // trex: used by fragments that do not say it themselves
  std::uint32_t default_duration = 0;  // ticks
  std::uint32_t default_size = 0;      // bytes
  std::uint32_t default_flags = 0;
};
common::Result<InitFacts> parse_init(std::span<const std::uint8_t> bytes);

struct FragmentFacts {
  static constexpr std::uint32_t samples_max = 4096;  // of one part: a part is a fraction of a second

  std::uint64_t decode_time = 0;    // tfdt, ticks
  std::uint64_t duration = 0;       // ticks, of all samples
  std::uint32_t samples = 0;        // pictures
  bool uniform = true;              // all samples have the same duration
  bool first_is_sync = false;       // the first sample is a key frame
  std::int64_t last_sync = -1;      // index of the last key frame in the fragment, -1: none
  std::size_t sequence_offset = 0;  // bytes before the mfhd sequence number
};
// Exactly one moof and one mdat; styp, sidx, prft and free may stand before the moof, nothing may follow the
// mdat.
common::Result<FragmentFacts> parse_fragment(std::span<const std::uint8_t> bytes, const InitFacts& init);

// The mfhd sequence number in place. Precondition: `sequence_offset` is from parse_fragment of these bytes.
void patch_sequence(std::span<std::uint8_t> fragment, std::size_t sequence_offset, std::uint32_t sequence);

struct FragmentPlan {
  std::uint32_t sequence = 0;  // mfhd
  std::uint32_t track_id = 1;
  std::uint64_t decode_time = 0;      // ticks
  std::uint32_t sample_duration = 0;  // ticks, the same for every sample
  bool starts_with_sync = false;      // the first access unit is an IDR picture; no other is
};
// A fragment of access units (length-prefixed NAL units): tfdt version 1, default-base-is-moof, one trun.
std::vector<std::uint8_t> build_fragment(const FragmentPlan& plan,
                                         std::span<const std::span<const std::uint8_t>> access_units);

}  // namespace supervisor
