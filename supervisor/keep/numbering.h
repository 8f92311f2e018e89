// The numbers of a stream that must never fall, whatever happened to the window: media sequence and
// discontinuity sequence. Where they come from when nothing of the window is left: the state file, which has
// them written ahead, and the playlist in output_dir. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace supervisor {

struct Numbers {
  std::int64_t next_msn = 0;  // of the first segment of a new numbering
  std::int64_t discontinuity_sequence = 0;
  friend bool operator==(const Numbers&, const Numbers&) = default;
};

// Written ahead by so many: a segment is published long before the disk must have been reached.
inline constexpr std::int64_t msn_step = 100;

// What is written down while `next_msn` is the next: at least half a step and at most one and a half ahead.
std::int64_t written_ahead(std::int64_t next_msn);
// After everything that a media playlist lists; zeros when it is none.
Numbers numbers_after(std::string_view playlist);
Numbers later(const Numbers& one, const Numbers& other);

}  // namespace supervisor
