// The planned change of workers: the old life up to one slot, the new one from there on, and the way back.
#include <algorithm>

#include "supervisor/media/publisher.h"

namespace supervisor {

// The next boundary of a segment; where that is far, a segment is closed early at the end of a part.
Slot Publisher::takeover_slot(MonoTime now) const {
  const common::TimeGrid& grid = settings_.grid;
  const Slot earliest = std::max(end_, grid.slot_at(now + settings_.takeover_lead) + 1);
  const Slot boundary = grid.segment_end(earliest - 1);
  if (grid.time_of(boundary) <= now + settings_.takeover_wait_max) return boundary;
  Slot at = end_;
  while (at < earliest) at = grid.part_end(at);
  const bool last_slot = at + 1 >= grid.segment_end(at);  // as in prepare_seam
  return last_slot ? grid.segment_end(at) : at;
}

Slot Publisher::plan_takeover(std::uint64_t generation, MonoTime now) {
  if (stopped_ || !has_media() || life_ == Life::None) return begin_life(generation, now);
  if (takeover_) fall_back(now);
  Slot at = end_;
  if (life_ == Life::Running) {
    at = takeover_slot(now);
  } else {
    // The life before does not deliver: there is nothing to wait for.
    life_ = Life::Fenced;
    bridge_due(now);
    prepare_seam(now);
    at = end_;
  }
  takeover_ = TakeOver{generation_, generation, at, true};
  settle_takeover(now);
  return at;
}

std::optional<NeedsResume> Publisher::cancel_takeover(MonoTime now) {
  if (!takeover_) return std::nullopt;
  const std::uint64_t to = takeover_->to;
  const bool lost_its_place = generation_ == to && takeover_->from_lives;
  fall_back(now);
  kits_.erase(to);
  if (!lost_its_place) return std::nullopt;
  return ask_resume(now);
}

// Called whenever the published end moved.
void Publisher::settle_takeover(MonoTime now) {
  if (!takeover_ || generation_ != takeover_->from || end_ < takeover_->at) return;
  generation_ = takeover_->to;
  life_ = Life::Opening;
  asks_ = 0;
  asked_at_ = now;
}

// The first part of the new life: the one before is done.
void Publisher::finish_takeover() {
  if (!takeover_ || generation_ != takeover_->to) return;
  takeover_.reset();
  kits_.erase(kits_.begin(), kits_.lower_bound(generation_));
}

// The new life has a part ready, the old one still owes its last: a whole part late by then, it is not waited
// for.
void Publisher::open_early(const common::MediaRecord& header, MonoTime now) {
  const bool waits = takeover_ && generation_ == takeover_->from && header.generation == takeover_->to;
  if (!waits || !header.independent || settings_.grid.slot(header.pts) != takeover_->at) return;
  const Slot at = takeover_->at;
  while (end_ < at && can_bridge()) {
    if (!bridge(std::min(settings_.grid.part_end(end_), at), now)) return;
  }
}

// The life before the take-over goes on, or nobody does.
void Publisher::fall_back(MonoTime now) {
  const TakeOver was = *takeover_;
  takeover_.reset();
  if (generation_ == was.from) return;  // it never stopped
  generation_ = was.from;
  life_ = was.from_lives ? Life::Fenced : Life::None;
  asks_ = 0;
  asked_at_ = now - settings_.resume_retry;  // it is asked at once
  bridge_due(now);
}

}  // namespace supervisor
