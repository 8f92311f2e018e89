// Bridging: parts that the supervisor makes when no worker does, and the fence that keeps late ones out.
#include <algorithm>

#include "supervisor/media/publisher.h"

namespace supervisor {
namespace {

constexpr int hold_back_parts = 3;          // PART-HOLD-BACK in part targets
constexpr std::int64_t skip_pictures = 16;  // frame_num has four bits: the kit repeats after as many

}  // namespace

bool Publisher::needs_new_segment() const {
  return store_.open_segment() == nullptr || last_part_short_;
}

bool Publisher::can_bridge() const {
  if (stopped_ || !has_media() || !on_air_kit_) return false;
  if (needs_new_segment()) return on_air_kit_->can_slate();
  return on_air_kit_->can_skip() || on_air_kit_->can_slate();
}

MonoTime Publisher::due() const {
  const MonoTime end = settings_.grid.time_of(settings_.grid.part_end(end_));
  switch (life_) {
    case Life::None:
    case Life::Fenced:
      return end + settings_.bridge_delay;
    case Life::Opening:
      return end + opening_patience();
    case Life::Running:
      break;
  }
  // A worker that is late but keeps its rhythm is left alone, up to the hold-back of the players; so is one
  // that catches up after a pause, which delivers faster than the clock.
  const auto target = part_target();
  const MonoTime in_rhythm = *last_worker_part_at_ + target + bridge_after() * 3 / 4;
  const MonoTime catching_up = *last_worker_part_at_ + target / 2;
  return std::max({end + bridge_after(), catching_up, std::min(in_rhythm, end + hold_back_parts * target)});
}

// Short at first, so that viewers' clock is hardly late for a worker that does not come; doubled with each
// question, so that a slow one lands in the end.
std::chrono::milliseconds Publisher::opening_patience() const {
  constexpr int doublings_max = 8;
  return std::min(settings_.opening_patience * (1 << std::min(asks_, doublings_max)),
                  settings_.takeover_grace);
}

std::optional<MonoTime> Publisher::next_due() const {
  std::optional<MonoTime> next = forget_at_;
  if (can_bridge()) next = due();
  if (life_ == Life::Fenced) {
    const MonoTime ask = asked_at_ + settings_.resume_retry;
    next = next ? std::min(*next, ask) : ask;
  }
  return next;
}

std::optional<NeedsResume> Publisher::advance(MonoTime now) {
  if (forget_at_ && now >= *forget_at_) {
    store_.forget();
    forget_at_.reset();
    ++version_;
  }
  const bool expected = life_ == Life::Opening || life_ == Life::Running;
  if (expected && (!can_bridge() || now < due())) return std::nullopt;
  if (expected) life_ = Life::Fenced;
  bridge_due(now);
  if (life_ != Life::Fenced) return std::nullopt;
  // The first question follows the fence at once; one that was not answered is not repeated with every part,
  // for each question means to wait for the answer.
  if (asks_ > 0 && now < asked_at_ + settings_.resume_retry) return std::nullopt;
  return ask_resume(now);
}

NeedsResume Publisher::ask_resume(MonoTime now) {
  prepare_seam(now);
  life_ = Life::Opening;
  ++asks_;
  asked_at_ = now;
  return {generation_, end_};
}

// Precondition: nobody is expected to deliver (None, Fenced).
void Publisher::bridge_due(MonoTime now) {
  for (int i = 0; i < settings_.bridge_burst_max && can_bridge() && due() <= now; ++i) {
    if (life_ == Life::Opening) return;  // a take-over fell due on the way
    if (!bridge(settings_.grid.part_end(end_), now)) return;
  }
}

// A part from the published end to `end`: repeats of the last picture, or, where a segment must be opened,
// the slate and repeats of it. Without skip pictures one slate picture lasts for the whole part.
bool Publisher::bridge(Slot end, MonoTime now) {
  if (bridge_from_unfinished(end, now)) return true;
  const Kit& kit = *on_air_kit_;
  const bool opens = needs_new_segment();
  const bool slate = opens || !kit.can_skip();
  const int pictures = static_cast<int>(end - end_);
  const int samples = kit.can_skip() ? pictures : 1;
  std::vector<std::span<const std::uint8_t>> units;
  std::int64_t since_idr = slate ? 0 : since_idr_;
  for (int i = 0; i < samples; ++i, ++since_idr) {
    units.emplace_back(slate && i == 0 ? kit.slate
                                       : kit.skips[static_cast<std::size_t>(since_idr % skip_pictures)]);
  }
  FragmentPlan plan;
  plan.sequence = static_cast<std::uint32_t>(next_serial_);
  plan.track_id = kit.init->facts.track_id;
  plan.decode_time = static_cast<std::uint64_t>(settings_.grid.pts(end_));
  plan.sample_duration =
      static_cast<std::uint32_t>(settings_.grid.ticks_per_picture() * (pictures / samples));
  plan.starts_with_sync = slate;
  Fragment fragment;
  fragment.part.start = end_;
  fragment.part.pictures = pictures;
  fragment.part.independent = slate;
  fragment.part.bridged = true;
  fragment.bytes = build_fragment(plan, units);
  fragment.init = kit.init;
  fragment.opens_segment = opens;
  if (!publish(std::move(fragment), now)) return false;
  since_idr_ = since_idr;
  ++bridged_;
  if (slate) {
    on_air_ = OnAir::Slate;
  } else if (on_air_ != OnAir::Slate) {
    on_air_ = OnAir::Bridge;
  }
  settle_takeover(now);
  return true;
}

// A life opens at the published end with a key frame. Two key frames in a row may carry the same idr_pic_id
// (H.264 7.4.3), so a skip picture goes between; and a segment of one picture would put the next key frame
// right behind this one, so a life never opens in the last slot of a segment. The short part is legal as the
// last of its segment.
void Publisher::prepare_seam(MonoTime now) {
  if (!can_bridge() || needs_new_segment() || !on_air_kit_->can_skip()) return;
  const Slot segment_end = settings_.grid.segment_end(store_.open_segment()->start);
  Slot end = end_;
  if (since_idr_ == 1) ++end;
  if (end + 1 == segment_end) ++end;
  if (end == end_) return;
  bridge(std::min(end, segment_end), now);
}

}  // namespace supervisor
