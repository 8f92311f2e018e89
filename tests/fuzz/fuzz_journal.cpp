// link: supervisor_media
// The journal of a former process: torn, damaged or planted. What is accepted is a window that a store can
// take. The first byte chooses: the bytes as they are, as the payload of a frame with a right checksum (or
// mutations would never get past it), or as a kit.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "supervisor/media/journal.h"
#include "supervisor/media/journal_format.h"

namespace {

void put_u32(std::vector<std::uint8_t>& out, std::size_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::vector<std::uint8_t> framed(std::span<const std::uint8_t> payload) {
  std::vector<std::uint8_t> frame;
  put_u32(frame, 0x314a5344);
  put_u32(frame, payload.size());
  put_u32(frame, supervisor::crc32(payload));
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

void check(const supervisor::KeptWindow& window) {
  const supervisor::KeptSegment* before = nullptr;
  for (const supervisor::KeptSegment& segment : window.segments) {
    if (before != nullptr && (segment.msn != before->msn + 1 || !before->closed)) std::abort();
    if (segment.init_id.find('/') != std::string::npos) std::abort();
    std::size_t end = 0;
    for (const supervisor::Part& part : segment.parts) {
      if (part.offset != end || part.size == 0 || part.pictures <= 0) std::abort();
      end = part.offset + part.size;
    }
    before = &segment;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  if (data[0] % 3 == 2) {
    std::vector<std::uint8_t> kit;
    put_u32(kit, supervisor::crc32(bytes));
    kit.insert(kit.end(), bytes.begin(), bytes.end());
    if (const auto kept = supervisor::parse_kit(kit)) (void)kept->kit.can_skip();
    return 0;
  }
  const auto window =
      data[0] % 3 == 0 ? supervisor::read_journal(bytes) : supervisor::read_journal(framed(bytes));
  if (window) check(*window);
  return 0;
}
