// Kits as bytes: u32 CRC-32 of the rest, then texts and access units, each with a u32 length before it.
#include "supervisor/media/journal.h"

namespace supervisor {
namespace {

constexpr std::size_t crc_bytes = 4;

void put_u32(std::vector<std::uint8_t>& out, std::size_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_bytes(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> bytes) {
  put_u32(out, bytes.size());
  out.insert(out.end(), bytes.begin(), bytes.end());
}

std::uint32_t u32_at(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
         static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

// Takes one field off the front; false: there is none.
bool take(std::span<const std::uint8_t>& bytes, std::vector<std::uint8_t>& field) {
  if (bytes.size() < 4 || bytes.size() - 4 < u32_at(bytes)) return false;
  const auto raw = bytes.subspan(4, u32_at(bytes));
  field.assign(raw.begin(), raw.end());
  bytes = bytes.subspan(4 + raw.size());
  return true;
}

}  // namespace

std::vector<std::uint8_t> format_kit(const Kit& kit) {
  std::vector<std::uint8_t> fields;
  put_bytes(fields, {reinterpret_cast<const std::uint8_t*>(kit.init->id.data()), kit.init->id.size()});
  for (const auto& skip : kit.skips) put_bytes(fields, skip);
  put_bytes(fields, kit.slate);
  std::vector<std::uint8_t> bytes;
  bytes.reserve(crc_bytes + fields.size());
  put_u32(bytes, crc32(fields));
  bytes.insert(bytes.end(), fields.begin(), fields.end());
  return bytes;
}

std::optional<KeptKit> parse_kit(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < crc_bytes || crc32(bytes.subspan(crc_bytes)) != u32_at(bytes)) return std::nullopt;
  bytes = bytes.subspan(crc_bytes);
  KeptKit kept;
  std::vector<std::uint8_t> id;
  if (!take(bytes, id)) return std::nullopt;
  kept.init_id.assign(id.begin(), id.end());
  for (auto& skip : kept.kit.skips) {
    if (!take(bytes, skip)) return std::nullopt;
  }
  if (!take(bytes, kept.kit.slate) || !bytes.empty()) return std::nullopt;
  return kept;
}

}  // namespace supervisor
