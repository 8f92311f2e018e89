#include "supervisor/keep/numbering.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace supervisor {
namespace {

// A number that no stream reaches: what is beyond was never ours.
constexpr std::int64_t number_max = std::numeric_limits<std::int64_t>::max() / 4;

std::int64_t value_of(std::string_view line, std::string_view tag) {
  std::int64_t value = 0;
  const std::string_view digits = line.substr(tag.size());
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return parsed.ec == std::errc() && value >= 0 && value < number_max ? value : 0;
}

}  // namespace

std::int64_t written_ahead(std::int64_t next_msn) {
  return ((next_msn + msn_step / 2) / msn_step + 1) * msn_step;
}

Numbers numbers_after(std::string_view playlist) {
  Numbers numbers;
  constexpr std::string_view media_sequence = "#EXT-X-MEDIA-SEQUENCE:";
  constexpr std::string_view discontinuity_sequence = "#EXT-X-DISCONTINUITY-SEQUENCE:";
  while (!playlist.empty()) {
    const std::size_t end = std::min(playlist.find('\n'), playlist.size());
    const std::string_view line = playlist.substr(0, end);
    playlist.remove_prefix(std::min(end + 1, playlist.size()));
    if (line.starts_with(media_sequence)) numbers.next_msn += value_of(line, media_sequence);
    if (line.starts_with(discontinuity_sequence)) {
      numbers.discontinuity_sequence += value_of(line, discontinuity_sequence);
    }
    if (line.starts_with("#EXTINF:")) ++numbers.next_msn;
    if (line.starts_with("#EXT-X-DISCONTINUITY") && !line.starts_with(discontinuity_sequence)) {
      ++numbers.discontinuity_sequence;
    }
  }
  return numbers;
}

Numbers later(const Numbers& one, const Numbers& other) {
  return {std::max(one.next_msn, other.next_msn),
          std::max(one.discontinuity_sequence, other.discontinuity_sequence)};
}

}  // namespace supervisor
