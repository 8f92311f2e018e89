// What a worker sends over the media socket (fd 3): a stream of records, each a fixed little-endian header
// and `length` bytes. Pure encoding and bounded decoding; no I/O. The worker writes, the supervisor reads and
// believes nothing: a bad magic, type or length ends the life of that worker (class protocol).
//
// Order of a life: init, then the skip-picture kit (skip x16, slate x1; or slate only where skip pictures
// cannot be prepared), all before the message "ready"; then parts, after the command "activate".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace common {

enum class RecordType : std::uint8_t {
  Init = 1,   // ftyp+moov. pts, duration and pictures are 0
  Skip = 2,   // one access unit (length-prefixed NAL units) that repeats the last picture; pts is its index
              // 0..15: usable when (pictures since the IDR) mod 16 equals it
  Slate = 3,  // one IDR access unit (length-prefixed NAL units): the picture for outages
  Part = 4,   // moof+mdat
  Snapshot = 5,  // a JPEG of the picture on air, at most 320 pixels wide; pts is its slot's. Never published
                 // as media
  Picture =
      6,  // one access unit of the part in the making, which repeats it: used only if that part never comes
};

struct MediaRecord {
  static constexpr std::size_t header_bytes = 40;
  static constexpr std::uint32_t magic = 0x314d5344;  // "DSM1"
  static constexpr std::uint32_t length_max = 16u << 20;

  RecordType type = RecordType::Part;
  bool independent = false;     // part: starts with a key frame
  bool slate = false;           // part, picture: made while paused, nothing captured since the last key frame
  std::uint16_t rendition = 0;  // 0 is the first
  std::uint64_t generation = 0;
  std::int64_t pts = 0;        // ticks of the track's timescale
  std::uint32_t duration = 0;  // ticks
  std::uint32_t pictures = 0;
  std::uint32_t length = 0;  // bytes after the header

  friend bool operator==(const MediaRecord&, const MediaRecord&) = default;
};

std::array<std::uint8_t, MediaRecord::header_bytes> encode_header(const MediaRecord& record);

// Nothing when magic, type or length are not valid.
std::optional<MediaRecord> decode_header(std::span<const std::uint8_t, MediaRecord::header_bytes> bytes);

// Cuts a byte stream into records, whatever the sizes of the reads.
class MediaRecordReader {
 public:
  struct Item {
    MediaRecord header;
    std::vector<std::uint8_t> bytes;
  };
  // Takes the next bytes of the stream; complete records are appended to `items`.
  // false: the stream is not valid from here on, nothing more will be read.
  bool feed(std::span<const std::uint8_t> bytes, std::vector<Item>& items);

 private:
  std::vector<std::uint8_t> buffer_;
  std::optional<MediaRecord> header_;
  bool broken_ = false;
};

}  // namespace common
