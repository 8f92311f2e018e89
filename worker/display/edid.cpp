#include "worker/display/edid.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace worker {
namespace {

constexpr std::size_t block_bytes = 128;
constexpr std::array<std::uint8_t, 8> header{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
constexpr std::size_t first_descriptor = 54;
constexpr std::size_t descriptor_bytes = 18;
constexpr std::uint8_t name_tag = 0xfc;
constexpr std::uint8_t serial_tag = 0xff;

bool is_edid(std::span<const std::uint8_t> block) {
  if (block.size() < block_bytes || !std::equal(header.begin(), header.end(), block.begin())) return false;
  return std::accumulate(block.begin(), block.begin() + block_bytes, 0u) % 256 == 0;
}

// Three letters of five bits each, A is 1.
std::string vendor(std::span<const std::uint8_t> block) {
  const unsigned packed = block[8] * 256u + block[9];
  std::string letters;
  for (const unsigned shift : {10u, 5u, 0u}) {
    const unsigned letter = (packed >> shift) & 31;
    if (letter == 0 || letter > 26) return {};
    letters += static_cast<char>('A' + letter - 1);
  }
  return letters;
}

// Ends at a line feed, padded with blanks.
std::string text_of(std::span<const std::uint8_t> descriptor) {
  std::string text;
  for (const std::uint8_t byte : descriptor.subspan(5)) {
    if (byte == '\n') break;
    if (byte >= 0x20 && byte < 0x7f) text += static_cast<char>(byte);
  }
  const std::size_t end = text.find_last_not_of(' ');
  return end == std::string::npos ? "" : text.substr(0, end + 1);
}

std::string text_with_tag(std::span<const std::uint8_t> block, std::uint8_t tag) {
  for (std::size_t at = first_descriptor; at + descriptor_bytes < block_bytes; at += descriptor_bytes) {
    const auto descriptor = block.subspan(at, descriptor_bytes);
    if (descriptor[0] == 0 && descriptor[1] == 0 && descriptor[3] == tag) return text_of(descriptor);
  }
  return {};
}

std::string serial(std::span<const std::uint8_t> block) {
  const std::string text = text_with_tag(block, serial_tag);
  if (!text.empty()) return text;
  const unsigned number =
      block[12] | (block[13] << 8) | (block[14] << 16) | (static_cast<unsigned>(block[15]) << 24);
  return number == 0 ? "" : std::to_string(number);
}

}  // namespace

std::string edid_text(std::span<const std::uint8_t> block) {
  if (!is_edid(block)) return {};
  std::string text;
  for (const std::string& part : {vendor(block), text_with_tag(block, name_tag), serial(block)}) {
    if (part.empty()) continue;
    if (!text.empty()) text += ' ';
    text += part;
  }
  return text;
}

}  // namespace worker
