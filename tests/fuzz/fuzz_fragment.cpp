// link: supervisor_media
// The bytes of a worker: init segments and fragments. The first byte chooses; whatever is accepted must stay
// within its bytes.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "supervisor/media/fragment.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  if (data[0] % 2 == 0) {
    const auto init = supervisor::parse_init(bytes);
    if (init && init->timescale == 0) std::abort();
    return 0;
  }
  const auto facts = supervisor::parse_fragment(bytes, supervisor::InitFacts{});
  if (!facts) return 0;
  if (facts->samples == 0 || facts->samples > supervisor::FragmentFacts::samples_max) std::abort();
  std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
  supervisor::patch_sequence(copy, facts->sequence_offset, 7);
  if (!supervisor::parse_fragment(copy, supervisor::InitFacts{})) std::abort();
  return 0;
}
