// The window of a published stream: segments and their parts, numbered. The media sequence only rises; the
// window is trimmed by duration and never below three target durations (RFC 8216bis 6.2.2); what left the
// window stays fetchable for two more windows. EXT-X-DISCONTINUITY stands only where it was asked for, and
// its sequence counts the ones that left. Pure except that bodies are memfds; event-loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/time_grid.h"
#include "supervisor/media/fragment.h"
#include "supervisor/media/segment_body.h"

namespace supervisor {

using common::Slot;

struct InitSegment {
  std::string id;  // 8 hex digits: hash of the bytes
  std::shared_ptr<const SegmentBody> body;
  InitFacts facts;
};
// Hash, facts and a sealed body. Errors: not an init segment, no memory.
common::Result<std::shared_ptr<const InitSegment>> make_init_segment(std::span<const std::uint8_t> bytes);

struct Part {
  std::uint64_t serial = 0;  // running over the life of the session, also the mfhd sequence number
  Slot start = 0;
  int pictures = 0;          // slots covered
  bool independent = false;  // starts with a key frame
  bool bridged = false;      // made by the supervisor
  std::size_t offset = 0;    // bytes, in the body of its segment
  std::size_t size = 0;
  Slot end() const { return start + pictures; }
  friend bool operator==(const Part&, const Part&) = default;
};

struct Segment {
  std::int64_t msn = 0;  // media sequence number
  Slot start = 0;
  std::vector<Part> parts;
  std::shared_ptr<SegmentBody> body;
  std::shared_ptr<const InitSegment> init;
  bool discontinuity = false;
  bool closed = false;
  Slot end() const { return parts.empty() ? start : parts.back().end(); }
};

struct StoreSettings {
  common::TimeGrid grid;
  int window_segments = 10;    // of full length
  std::string session = "0";   // of the numbering: part of every name
  std::int64_t first_msn = 0;  // media sequence number of the first segment
  std::int64_t first_discontinuity_sequence = 0;
  std::size_t retired_max = 512;  // segments kept outside the window, whatever their duration
};

class Store {
 public:
  explicit Store(StoreSettings settings);

  // What a former process published, oldest first, consecutive, all with bodies; those below `media_sequence`
  // had left the window. Precondition: nothing was opened yet.
  void restore(std::vector<Segment> segments, std::int64_t media_sequence,
               std::int64_t discontinuity_sequence);

  // Starts the next segment at `start`. Precondition: the last one is closed.
  void open(Slot start, std::shared_ptr<const InitSegment> init, std::shared_ptr<SegmentBody> body,
            bool discontinuity);
  // Precondition: a segment is open, `part` starts where it ends.
  void add(const Part& part);
  // Closes and seals the open segment, if there is one, and trims the window.
  void close();
  // Everything leaves the window (start after a stop); numbering goes on.
  void clear();
  // Besides, nothing is found any more under the names of what was published (fault C15).
  void forget();

  const std::deque<Segment>& window() const { return window_; }
  const std::deque<Segment>& retired() const { return retired_; }  // oldest first
  const Segment* open_segment() const;             // null: the last one is closed, or there is none
  const Segment* last_closed() const;              // in the window
  const Segment* segment(std::int64_t msn) const;  // in the window
  std::int64_t next_msn() const { return next_msn_; }
  // Of the first segment of the window.
  std::int64_t media_sequence() const { return window_.empty() ? next_msn_ : window_.front().msn; }
  std::int64_t discontinuity_sequence() const { return discontinuity_sequence_; }
  Slot window_slots() const { return window_slots_; }  // what the window is trimmed to
  std::uint64_t bytes() const;                         // in memory: window and retired
  std::size_t retired_count() const { return retired_.size(); }

  // By name, window and retired; a segment only once it is closed. All null: unknown.
  struct Found {
    const Segment* segment = nullptr;
    const Part* part = nullptr;               // null: the whole segment
    std::shared_ptr<const InitSegment> init;  // the name of an init segment
  };
  Found find(std::string_view name) const;

  std::string init_name(const InitSegment& init) const;
  std::string segment_name(const Segment& segment) const;
  std::string part_name(const InitSegment& init, std::uint64_t serial) const;

 private:
  Found find_init(std::string_view name) const;
  Found find_segment(const Segment& segment, std::string_view name) const;
  Found find_part(const Segment& segment, std::uint64_t serial, std::string_view name) const;
  void trim();
  void retire_front();
  void forget_old();

  StoreSettings settings_;
  Slot window_slots_;
  std::deque<Segment> window_;
  std::deque<Segment> retired_;
  std::int64_t next_msn_;
  std::int64_t discontinuity_sequence_ = 0;
};

}  // namespace supervisor
