// Bytes for the tests of the media room: a minimal init segment, parts and kits as a worker would send them,
// and a stream on a virtual clock. The pictures are not decodable, every box around them is real.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/media_record.h"
#include "supervisor/media/published_stream.h"

namespace media_test {

using common::MediaRecord;
using common::MonoTime;
using common::RecordType;
using common::Slot;
using common::TimeGrid;
using Bytes = std::vector<std::uint8_t>;

// ftyp + moov of one avc1 track; `variant` changes a byte of the avcC (another SPS).
Bytes make_init(std::uint32_t timescale, int variant = 0);

// 30 pictures a second, parts of 6, segments of 60, key frames at segment starts; slot 0 is at time 0.
TimeGrid test_grid();

// A stream with its clock. Time moves only through run_until() and the likes.
class Bench {
 public:
  explicit Bench(supervisor::PublisherSettings settings = default_settings());
  static supervisor::PublisherSettings default_settings();

  const TimeGrid& grid() const { return grid_; }
  // When slot `slot` begins, plus milliseconds.
  MonoTime at(Slot slot, int plus_ms = 0) const {
    return grid_.time_of(slot) + std::chrono::milliseconds(plus_ms);
  }

  // Init and kit of a life. `kit`: 0 none, 1 slate only, 2 skip pictures and slate.
  void prepare(std::uint64_t generation, int variant = 0, int kit = 2);
  supervisor::Admission send_init(std::uint64_t generation, int variant = 0);
  supervisor::Admission send_kit(std::uint64_t generation, RecordType type, int index);
  // One part of `pictures`, starting at slot `start`.
  supervisor::Admission send(std::uint64_t generation, Slot start, int pictures, bool independent,
                             MonoTime now);
  supervisor::Admission send(std::uint64_t generation, Slot start, int pictures, bool independent);
  // All parts from the published end to `end`, each as soon as it is complete; the first is independent when
  // `opens`. Returns false when one was refused.
  bool deliver(std::uint64_t generation, Slot end, bool opens = false);
  // A first life that delivered up to slot `end`.
  void start(Slot end, std::uint64_t generation = 1, Slot begin = 0);

  std::string playlist() { return *stream.playlist(false); }
  Slot end() const { return stream.publisher().published_end(); }
  const supervisor::Store& store() const { return stream.publisher().store(); }
  const supervisor::Segment& last() const { return store().window().back(); }
  Bytes bytes_of(const supervisor::Segment& segment, const supervisor::Part& part) const;

  TimeGrid grid_;
  supervisor::PublishedStream stream;
};

MediaRecord part_header(const TimeGrid& grid, std::uint64_t generation, Slot start, int pictures,
                        bool independent);
Bytes part_bytes(const TimeGrid& grid, Slot start, int pictures, bool independent);

// What must hold for every playlist and from each to the next. Empty: all is well; else what is wrong.
class Invariants {
 public:
  std::string check(const supervisor::Publisher& publisher);

 private:
  std::int64_t msn_ = -1;
  std::int64_t discontinuity_sequence_ = -1;
  Slot end_ = -1;
};

}  // namespace media_test
