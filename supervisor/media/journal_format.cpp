#include "supervisor/media/journal_format.h"

#include <array>
#include <concepts>
#include <string_view>

namespace supervisor {
namespace {

constexpr std::uint32_t frame_magic = 0x314a5344;  // "DSJ1"
constexpr std::uint32_t format_version = 1;
constexpr unsigned short_bit = 1;
constexpr unsigned paused_bit = 2;
constexpr std::size_t frame_header_bytes = 12;
constexpr std::size_t payload_max = 64u << 20;
constexpr std::size_t segments_max = 100'000;
constexpr int pictures_max = 1 << 20;

enum class Record : std::uint8_t { Head = 1, Open = 2, Part = 3, Close = 4, Position = 5 };

template <std::integral T>
void put(std::vector<std::uint8_t>& out, T value) {
  const auto bits = static_cast<std::uint64_t>(value);
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
}

void put(std::vector<std::uint8_t>& out, std::string_view text) {
  put(out, static_cast<std::uint16_t>(text.size()));
  out.insert(out.end(), text.begin(), text.end());
}

// Reads fields; once it ran out of bytes everything reads as zero and ok() is false.
class Fields {
 public:
  explicit Fields(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  template <std::integral T>
  T get() {
    std::uint64_t bits = 0;
    const auto raw = take(sizeof(T));
    for (std::size_t i = 0; i < raw.size(); ++i) bits |= static_cast<std::uint64_t>(raw[i]) << (8 * i);
    return static_cast<T>(bits);
  }
  bool flag() { return get<std::uint8_t>() != 0; }
  std::string text() {
    const auto raw = take(get<std::uint16_t>());
    return {raw.begin(), raw.end()};
  }
  bool ok() const { return ok_; }
  bool done() const { return bytes_.empty(); }

 private:
  std::span<const std::uint8_t> take(std::size_t size) {
    if (size > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const auto taken = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return taken;
  }

  std::span<const std::uint8_t> bytes_;
  bool ok_ = true;
};

// A name of ours goes into paths: nothing but letters, digits, '-' and '.', no leading dot.
bool is_name(const std::string& text) {
  if (text.size() > 100 || text.starts_with('.')) return false;
  for (const char c : text) {
    const bool allowed = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
    if (!allowed) return false;
  }
  return true;
}

bool read_head(Fields& in, JournalHead& head) {
  if (in.get<std::uint32_t>() != format_version) return false;
  head.session = in.text();
  head.boot_id = in.text();
  head.grid.fps = in.get<std::int32_t>();
  head.grid.part_pictures = in.get<std::int32_t>();
  head.grid.segment_pictures = in.get<std::int32_t>();
  head.grid.key_pictures = in.get<std::int32_t>();
  head.grid.origin_ns = in.get<std::int64_t>();
  head.wall_origin_ms = in.get<std::int64_t>();
  return in.ok() && is_name(head.session) && !head.session.empty();
}

bool read_open(Fields& in, std::vector<KeptSegment>& segments) {
  KeptSegment segment;
  segment.msn = in.get<std::int64_t>();
  segment.start = in.get<std::int64_t>();
  segment.init_id = in.text();
  segment.discontinuity = in.flag();
  if (!in.ok() || !is_name(segment.init_id) || segments.size() >= segments_max) return false;
  // Numbers of a window are consecutive and only its last segment is open.
  if (!segments.empty() && (!segments.back().closed || segment.msn != segments.back().msn + 1)) return false;
  segments.push_back(std::move(segment));
  return true;
}

bool read_part(Fields& in, std::vector<KeptSegment>& segments) {
  Part part;
  part.serial = in.get<std::uint64_t>();
  part.start = in.get<std::int64_t>();
  part.pictures = in.get<std::int32_t>();
  part.independent = in.flag();
  part.bridged = in.flag();
  part.offset = in.get<std::uint64_t>();
  part.size = in.get<std::uint64_t>();
  if (!in.ok() || segments.empty() || segments.back().closed) return false;
  KeptSegment& segment = segments.back();
  const bool first = segment.parts.empty();
  const bool fits = part.offset == (first ? 0 : segment.parts.back().offset + segment.parts.back().size) &&
                    part.start == (first ? segment.start : segment.parts.back().end()) &&
                    (first || part.serial == segment.parts.back().serial + 1);
  if (!fits || part.pictures <= 0 || part.pictures > pictures_max || part.size == 0 ||
      part.size > SegmentBody::size_max) {
    return false;
  }
  segment.parts.push_back(part);
  return true;
}

bool read_position(Fields& in, PublishedPosition& position) {
  position.next_serial = in.get<std::uint64_t>();
  position.generation = in.get<std::uint64_t>();
  position.end = in.get<std::int64_t>();
  position.since_idr = in.get<std::int64_t>();
  position.on_air = in.get<std::uint8_t>();
  position.stopped = in.flag();
  position.restarted = in.flag();
  const auto flags = in.get<std::uint8_t>();
  position.last_part_short = (flags & short_bit) != 0;
  position.paused = (flags & paused_bit) != 0;
  position.media_sequence = in.get<std::int64_t>();
  position.discontinuity_sequence = in.get<std::int64_t>();
  position.next_msn = in.get<std::int64_t>();
  position.kit = in.text();
  return in.ok() && is_name(position.kit) && position.since_idr >= 0 && position.next_msn >= 0;
}

bool read_record(Fields& in, KeptWindow& window) {
  switch (static_cast<Record>(in.get<std::uint8_t>())) {
    case Record::Head:
      return read_head(in, window.head);
    case Record::Open:
      return read_open(in, window.segments);
    case Record::Part:
      return read_part(in, window.segments);
    case Record::Close:
      if (window.segments.empty()) return false;
      window.segments.back().closed = true;
      return true;
    case Record::Position:
      return read_position(in, window.position);
  }
  return false;
}

// The payload of the frame at the front of `bytes`; nothing when it is not whole.
std::optional<std::span<const std::uint8_t>> front_frame(std::span<const std::uint8_t> bytes) {
  Fields in(bytes);
  const auto magic = in.get<std::uint32_t>();
  const auto length = in.get<std::uint32_t>();
  const auto crc = in.get<std::uint32_t>();
  if (!in.ok() || magic != frame_magic || length > payload_max) return std::nullopt;
  if (bytes.size() - frame_header_bytes < length) return std::nullopt;
  const auto payload = bytes.subspan(frame_header_bytes, length);
  if (crc32(payload) != crc) return std::nullopt;
  return payload;
}

bool read_frame(std::span<const std::uint8_t> payload, KeptWindow& window) {
  Fields in(payload);
  while (in.ok() && !in.done()) {
    if (!read_record(in, window)) return false;
  }
  return in.ok();
}

}  // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xedb88320u : 0u);
      entries[i] = value;
    }
    return entries;
  }();
  std::uint32_t value = 0xffffffffu;
  for (const std::uint8_t byte : bytes) value = (value >> 8) ^ table[(value ^ byte) & 0xff];
  return ~value;
}

void FrameWriter::head(const JournalHead& head) {
  put(payload_, static_cast<std::uint8_t>(Record::Head));
  put(payload_, format_version);
  put(payload_, std::string_view(head.session));
  put(payload_, std::string_view(head.boot_id));
  for (const int number :
       {head.grid.fps, head.grid.part_pictures, head.grid.segment_pictures, head.grid.key_pictures}) {
    put(payload_, static_cast<std::int32_t>(number));
  }
  put(payload_, head.grid.origin_ns);
  put(payload_, head.wall_origin_ms);
}

void FrameWriter::open(const KeptSegment& segment) {
  put(payload_, static_cast<std::uint8_t>(Record::Open));
  put(payload_, segment.msn);
  put(payload_, segment.start);
  put(payload_, std::string_view(segment.init_id));
  put(payload_, static_cast<std::uint8_t>(segment.discontinuity));
}

void FrameWriter::part(const Part& part) {
  put(payload_, static_cast<std::uint8_t>(Record::Part));
  put(payload_, part.serial);
  put(payload_, part.start);
  put(payload_, static_cast<std::int32_t>(part.pictures));
  put(payload_, static_cast<std::uint8_t>(part.independent));
  put(payload_, static_cast<std::uint8_t>(part.bridged));
  put(payload_, static_cast<std::uint64_t>(part.offset));
  put(payload_, static_cast<std::uint64_t>(part.size));
}

void FrameWriter::close() {
  put(payload_, static_cast<std::uint8_t>(Record::Close));
}

void FrameWriter::position(const PublishedPosition& position) {
  put(payload_, static_cast<std::uint8_t>(Record::Position));
  put(payload_, position.next_serial);
  put(payload_, position.generation);
  put(payload_, position.end);
  put(payload_, position.since_idr);
  put(payload_, position.on_air);
  put(payload_, static_cast<std::uint8_t>(position.stopped));
  put(payload_, static_cast<std::uint8_t>(position.restarted));
  put(payload_, static_cast<std::uint8_t>((position.last_part_short ? short_bit : 0) |
                                          (position.paused ? paused_bit : 0)));
  put(payload_, position.media_sequence);
  put(payload_, position.discontinuity_sequence);
  put(payload_, position.next_msn);
  put(payload_, std::string_view(position.kit));
}

std::vector<std::uint8_t> FrameWriter::finish() {
  std::vector<std::uint8_t> frame;
  frame.reserve(frame_header_bytes + payload_.size());
  put(frame, frame_magic);
  put(frame, static_cast<std::uint32_t>(payload_.size()));
  put(frame, crc32(payload_));
  frame.insert(frame.end(), payload_.begin(), payload_.end());
  payload_.clear();
  return frame;
}

std::optional<KeptWindow> read_journal(std::span<const std::uint8_t> bytes) {
  KeptWindow window;
  while (!bytes.empty()) {
    const auto payload = front_frame(bytes);
    if (!payload) break;
    // Whole and yet nonsense: not written by this program.
    if (!read_frame(*payload, window)) return std::nullopt;
    ++window.frames;
    bytes = bytes.subspan(frame_header_bytes + payload->size());
  }
  if (window.frames == 0 || window.head.session.empty()) return std::nullopt;
  window.torn_bytes = bytes.size();
  return window;
}

}  // namespace supervisor
