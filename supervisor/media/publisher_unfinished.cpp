// The pictures of the part in the making: a worker that dies takes at most one picture with it, not the part
// that it had almost finished.
#include "supervisor/media/publisher.h"

namespace supervisor {

using common::MediaRecord;

// Quietly: a picture that has no place is no fault of the worker, its part will say so.
void Publisher::keep_picture(const MediaRecord& header, std::span<const std::uint8_t> bytes, MonoTime now) {
  const bool delivers = life_ == Life::Running || life_ == Life::Opening;
  const auto kit = kits_.find(header.generation);
  if (stopped_ || !delivers || (paused_ && !header.slate) || header.generation != generation_ ||
      kit == kits_.end())
    return;
  const common::TimeGrid& grid = settings_.grid;
  const Slot slot = grid.slot(header.pts);
  const bool in_time = grid.time_of(slot) <= now + settings_.ahead_max;
  if (!in_time || header.pts != grid.pts(slot) || bytes.empty() || bytes.size() > picture_bytes_max) return;
  settle_unfinished(slot, header.independent, now);
  if (slot == end_) {
    const bool opens = life_ != Life::Running || needs_new_segment();
    unfinished_ = {};
    if (opens && !header.independent) return;
    unfinished_ = {kit->second, {}, header.independent, header.slate, opens};
  }
  const auto held = std::ssize(unfinished_.pictures);
  const bool goes_on = slot == end_ + held && slot < grid.part_end(end_) && unfinished_.kit == kit->second;
  if (!goes_on || (held > 0 && header.independent)) return;
  unfinished_.pictures.emplace_back(bytes.begin(), bytes.end());
  unfinished_.slate = unfinished_.slate && header.slate;
}

// The next life opens behind what the last one left: that becomes a part of its own, the last of its segment.
void Publisher::settle_unfinished(Slot opens_at, bool independent, MonoTime now) {
  const bool behind =
      independent && life_ == Life::Opening && opens_at == end_ + std::ssize(unfinished_.pictures);
  if (!behind || unfinished_.pictures.empty()) return;
  Fragment fragment = unfinished_part(end_ + std::ssize(unfinished_.pictures));
  const std::int64_t since_idr = since_idr_after_unfinished();
  const auto kit = unfinished_.kit;
  const bool slate = unfinished_.slate;
  unfinished_ = {};
  if (!publish(std::move(fragment), now)) return;
  since_idr_ = since_idr;
  on_air_kit_ = kit;
  on_air_ = slate ? OnAir::Slate : OnAir::Picture;
  ++rescued_;
}

std::int64_t Publisher::since_idr_after_unfinished() const {
  return (unfinished_.independent ? 0 : since_idr_) + std::ssize(unfinished_.pictures);
}

// Up to `end`, which repeats of the last picture fill where there are not enough.
Publisher::Fragment Publisher::unfinished_part(Slot end) const {
  const Kit& kit = *unfinished_.kit;
  std::vector<std::span<const std::uint8_t>> units(unfinished_.pictures.begin(), unfinished_.pictures.end());
  std::int64_t since_idr = since_idr_after_unfinished();
  while (std::ssize(units) < end - end_) {
    units.emplace_back(kit.skips[static_cast<std::size_t>(since_idr++) % kit.skips.size()]);
  }
  FragmentPlan plan;
  plan.sequence = static_cast<std::uint32_t>(next_serial_);
  plan.track_id = kit.init->facts.track_id;
  plan.decode_time = static_cast<std::uint64_t>(settings_.grid.pts(end_));
  plan.sample_duration = static_cast<std::uint32_t>(settings_.grid.ticks_per_picture());
  plan.starts_with_sync = unfinished_.independent;
  Fragment fragment;
  fragment.part.start = end_;
  fragment.part.pictures = static_cast<int>(end - end_);
  fragment.part.independent = unfinished_.independent;
  fragment.bytes = build_fragment(plan, units);
  fragment.init = kit.init;
  fragment.opens_segment = unfinished_.opens_segment;
  return fragment;
}

// Nobody will finish the part: its pictures, then repeats. False: there are none, or no repeats of their
// kind.
bool Publisher::bridge_from_unfinished(Slot end, MonoTime now) {
  const auto held = std::ssize(unfinished_.pictures);
  const bool usable = held > 0 && end_ + held <= end && (unfinished_.kit->can_skip() || end_ + held == end);
  const Unfinished was = std::exchange(unfinished_, {});
  if (!usable) return false;
  unfinished_ = was;
  Fragment fragment = unfinished_part(end);
  const std::int64_t since_idr = since_idr_after_unfinished() + (end - end_ - held);
  unfinished_ = {};
  fragment.part.bridged = true;
  if (!publish(std::move(fragment), now)) return false;
  since_idr_ = since_idr;
  on_air_kit_ = was.kit;
  on_air_ = was.slate ? OnAir::Slate : OnAir::Bridge;
  ++bridged_;
  ++rescued_;
  settle_takeover(now);
  return true;
}

// As prepare_seam(), with the pictures that the life before left. The slot at which the next one opens.
Slot Publisher::seam_behind_unfinished() {
  const Slot segment_end = settings_.grid.segment_end(end_);
  const Slot part_end = settings_.grid.part_end(end_);
  const auto repeat = [this, part_end] {
    const auto held = static_cast<Slot>(unfinished_.pictures.size());
    if (!unfinished_.kit->can_skip() || end_ + held >= part_end) return;
    const auto since_idr = static_cast<std::size_t>(since_idr_after_unfinished());
    unfinished_.pictures.push_back(unfinished_.kit->skips[since_idr % unfinished_.kit->skips.size()]);
  };
  if (since_idr_after_unfinished() == 1) repeat();
  if (end_ + std::ssize(unfinished_.pictures) + 1 == segment_end) repeat();
  return end_ + std::ssize(unfinished_.pictures);
}

}  // namespace supervisor
