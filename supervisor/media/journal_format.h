// The journal of a published window as bytes: what a successor of this process needs to go on with the same
// stream, without the media themselves. A file of frames, each written by one write(2) and checked by one
// CRC: what a dying process wrote half is no frame. The first frame holds the whole window, each further one
// what changed. Pure; whatever the bytes are, read_journal ends within them (fuzz_journal).
//
// Frame: u32 magic, u32 length of the payload, u32 CRC-32 of the payload, payload: records, each a type byte
// and its fields; numbers little-endian, texts with a u16 length before them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "supervisor/media/store.h"

namespace supervisor {

struct KeptSegment {
  std::int64_t msn = 0;
  Slot start = 0;
  std::string init_id;
  bool discontinuity = false;
  bool closed = false;
  std::vector<Part> parts;
  friend bool operator==(const KeptSegment&, const KeptSegment&) = default;
};

// Where a publisher stands, beside its window.
struct PublishedPosition {
  std::uint64_t next_serial = 1;
  std::uint64_t generation = 0;  // of the life that began last
  Slot end = 0;
  std::int64_t since_idr = 0;
  std::uint8_t on_air = 0;  // as OnAir
  bool stopped = false;
  bool restarted = false;
  bool last_part_short = false;
  bool paused = false;
  std::int64_t media_sequence = 0;
  std::int64_t discontinuity_sequence = 0;
  std::int64_t next_msn = 0;
  std::string kit;  // name of the body that holds the kit on air; empty: none
  friend bool operator==(const PublishedPosition&, const PublishedPosition&) = default;
};

// What holds for a journal from its first byte.
struct JournalHead {
  std::string session;
  std::string boot_id;  // the monotonic clock of another boot means nothing
  common::TimeGrid grid;
  std::int64_t wall_origin_ms = 0;
};

struct KeptWindow {
  JournalHead head;
  PublishedPosition position;
  std::vector<KeptSegment> segments;  // oldest first, retired ones included
  std::uint64_t frames = 0;           // that were whole
  std::size_t torn_bytes = 0;         // after them
};

// Appends one frame to `bytes`.
class FrameWriter {
 public:
  void head(const JournalHead& head);
  void open(const KeptSegment& segment);  // without its parts
  void part(const Part& part);            // of the segment opened last
  void close();                           // the segment opened last
  void position(const PublishedPosition& position);
  bool empty() const { return payload_.empty(); }
  std::vector<std::uint8_t> finish();

 private:
  std::vector<std::uint8_t> payload_;
};

// The window after the last whole frame. Nothing: the first frame is not there, is damaged, of another
// version, or says what no publisher could have done.
std::optional<KeptWindow> read_journal(std::span<const std::uint8_t> bytes);

std::uint32_t crc32(std::span<const std::uint8_t> bytes);  // IEEE 802.3, as zlib's

}  // namespace supervisor
