// Where key frames, parts and segments begin and end: on the shared grid, counted from where this life (or
// this resume) opened. Pure; the slot and the current slot are arguments.
//
// The first part of a life is handed out at once, with the pictures from the opening slot to now: it is
// independent, so it may be short (RFC 8216bis 4.4.4.9). All others last a whole part or end with the
// segment.
#pragma once

#include "common/time_grid.h"

namespace worker {

class Cutter {
 public:
  struct Cut {
    bool key_frame = false;     // the picture of this slot must be an IDR picture
    bool part_begins = false;   // it is the first of a part
    bool part_ends = false;     // it is the last of a part
    bool segment_ends = false;  // and of a segment
  };

  explicit Cutter(const common::TimeGrid& grid) : grid_(grid) {}

  // A promotion opens behind the pictures that the life before left: at most so many slots from now.
  static constexpr common::Slot at_once_slots = 2;

  // Opens the timeline at `first`; `now` is the slot that is running. first > now + at_once_slots: a planned
  // start, whose first part is as long as any other.
  void open(common::Slot first, common::Slot now);
  // What is to be done at the next slot; next() moves on.
  Cut cut() const;
  common::Slot slot() const { return slot_; }
  void next();
  // A key frame at the next beginning of a part, besides those that are due.
  void request_key_frame() { key_requested_ = true; }

 private:
  common::TimeGrid grid_;
  common::Slot slot_ = 0;
  common::Slot part_first_ = 0;
  common::Slot part_end_ = 0;
  bool opening_ = false;
  bool key_requested_ = false;
};

}  // namespace worker
