#include "common/media_record.h"

#include <algorithm>

namespace common {
namespace {

constexpr unsigned independent_bit = 1;
constexpr unsigned slate_bit = 2;

template <typename T>
void put(std::uint8_t*& at, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    *at++ = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

template <typename T>
T get(const std::uint8_t*& at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<std::uint64_t>(*at++) << (8 * i);
  return static_cast<T>(value);
}

}  // namespace

std::array<std::uint8_t, MediaRecord::header_bytes> encode_header(const MediaRecord& record) {
  std::array<std::uint8_t, MediaRecord::header_bytes> bytes{};
  std::uint8_t* at = bytes.data();
  put(at, MediaRecord::magic);
  put(at, static_cast<std::uint8_t>(record.type));
  put(at,
      static_cast<std::uint8_t>((record.independent ? independent_bit : 0) | (record.slate ? slate_bit : 0)));
  put(at, record.rendition);
  put(at, record.generation);
  put(at, record.pts);
  put(at, record.duration);
  put(at, record.pictures);
  put(at, record.length);
  return bytes;
}

std::optional<MediaRecord> decode_header(std::span<const std::uint8_t, MediaRecord::header_bytes> bytes) {
  const std::uint8_t* at = bytes.data();
  if (get<std::uint32_t>(at) != MediaRecord::magic) return std::nullopt;
  MediaRecord record;
  const auto type = get<std::uint8_t>(at);
  if (type < static_cast<std::uint8_t>(RecordType::Init) ||
      type > static_cast<std::uint8_t>(RecordType::Picture)) {
    return std::nullopt;
  }
  record.type = static_cast<RecordType>(type);
  const auto flags = get<std::uint8_t>(at);
  record.independent = (flags & independent_bit) != 0;
  record.slate = (flags & slate_bit) != 0;
  record.rendition = get<std::uint16_t>(at);
  record.generation = get<std::uint64_t>(at);
  record.pts = get<std::int64_t>(at);
  record.duration = get<std::uint32_t>(at);
  record.pictures = get<std::uint32_t>(at);
  record.length = get<std::uint32_t>(at);
  if (record.length == 0 || record.length > MediaRecord::length_max) return std::nullopt;
  return record;
}

bool MediaRecordReader::feed(std::span<const std::uint8_t> bytes, std::vector<Item>& items) {
  while (!broken_) {
    const std::size_t wanted = header_ ? header_->length : MediaRecord::header_bytes;
    const std::size_t taken = std::min(wanted - buffer_.size(), bytes.size());
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    bytes = bytes.subspan(taken);
    if (buffer_.size() < wanted) return true;
    if (header_) {
      items.push_back({*header_, std::move(buffer_)});
      header_.reset();
    } else {
      header_ = decode_header(std::span<const std::uint8_t, MediaRecord::header_bytes>(buffer_));
      broken_ = !header_;
    }
    buffer_.clear();
  }
  return false;
}

}  // namespace common
