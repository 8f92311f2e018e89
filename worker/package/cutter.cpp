#include "worker/package/cutter.h"

#include <algorithm>

namespace worker {

void Cutter::open(common::Slot first, common::Slot now) {
  slot_ = first;
  part_first_ = first;
  part_end_ = grid_.part_end(first);
  if (first <= now + at_once_slots) part_end_ = std::min(part_end_, std::max(first, now) + 1);
  opening_ = true;
  key_requested_ = false;
}

Cutter::Cut Cutter::cut() const {
  Cut cut;
  cut.part_begins = slot_ == part_first_;
  cut.key_frame = opening_ || grid_.wants_key_frame(slot_) || (key_requested_ && cut.part_begins);
  cut.part_ends = slot_ + 1 == part_end_;
  cut.segment_ends = slot_ + 1 == grid_.segment_end(slot_);
  return cut;
}

void Cutter::next() {
  if (cut().key_frame && slot_ == part_first_) key_requested_ = false;
  opening_ = false;
  ++slot_;
  if (slot_ < part_end_) return;
  part_first_ = slot_;
  part_end_ = grid_.part_end(slot_);
}

}  // namespace worker
