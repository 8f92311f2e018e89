// Admission: nothing that a worker sent is believed before it was compared with the grid, with the published
// end and with its own bytes.
#include <utility>

#include "supervisor/media/publisher.h"

namespace supervisor {
namespace {

using common::MediaRecord;
using common::RecordType;

Admission refused(Refusal refusal, std::string reason) {
  Admission answer;
  answer.refusal = refusal;
  answer.reason = std::move(reason);
  return answer;
}

std::string number(std::int64_t value) {
  return std::to_string(value);
}

Admission check_fragment(const MediaRecord& header, const FragmentFacts& facts) {
  if (facts.decode_time != static_cast<std::uint64_t>(header.pts)) {
    return refused(Refusal::Disagrees, "the header says pts " + number(header.pts) + ", the fragment " +
                                           std::to_string(facts.decode_time));
  }
  if (facts.samples != header.pictures || facts.duration != header.duration || !facts.uniform) {
    return refused(Refusal::Disagrees, "the header says " + number(header.pictures) + " pictures in " +
                                           number(header.duration) + " ticks, the fragment " +
                                           number(facts.samples) + " in " + std::to_string(facts.duration) +
                                           (facts.uniform ? "" : ", of different lengths"));
  }
  if (facts.first_is_sync != header.independent) {
    return refused(Refusal::Disagrees, "header and fragment disagree about the key frame");
  }
  return {};
}

}  // namespace

Admission Publisher::admit(const MediaRecord& header, std::span<const std::uint8_t> bytes, MonoTime now) {
  Admission answer;
  if (header.rendition != 0) {
    answer = refused(Refusal::WrongRendition, "rendition " + number(header.rendition) + " is not known");
  } else if (header.generation < generation_) {
    answer =
        refused(Refusal::WrongGeneration, "generation " + std::to_string(header.generation) + " is over");
  } else if (header.type == RecordType::Init) {
    answer = admit_init(header, bytes);
  } else if (header.type == RecordType::Part) {
    answer = admit_part(header, bytes, now);
  } else if (header.type == RecordType::Picture) {
    keep_picture(header, bytes, now);
  } else {
    answer = admit_kit(header, bytes);
  }
  if (!answer) {
    ++refused_;
    ++refused_by_[static_cast<std::size_t>(answer.refusal)];
  }
  return answer;
}

Kit* Publisher::kit_of(std::uint64_t generation) {
  const auto found = kits_.find(generation);
  return found == kits_.end() ? nullptr : found->second.get();
}

Kit& Publisher::new_kit(std::uint64_t generation) {
  while (kits_.size() >= kits_max) {
    const auto oldest = kits_.begin();
    const bool is_active = life_ != Life::None && oldest->first == generation_;
    kits_.erase(is_active ? std::next(oldest) : oldest);
  }
  return *(kits_[generation] = std::make_shared<Kit>());
}

Admission Publisher::admit_init(const MediaRecord& header, std::span<const std::uint8_t> bytes) {
  auto init = make_init_segment(bytes);
  if (!init) return refused(Refusal::BadInit, init.error().reason);
  const auto timescale = static_cast<std::uint32_t>(settings_.grid.timescale());
  if ((*init)->facts.timescale != timescale) {
    return refused(Refusal::BadInit, "init segment: timescale " + std::to_string((*init)->facts.timescale) +
                                         ", the grid needs " + std::to_string(timescale));
  }
  if (const Kit* known = kit_of(header.generation)) {
    if (known->init->id == (*init)->id) return {};
    return refused(Refusal::BadInit, "a second init segment in one life must be equal to the first");
  }
  new_kit(header.generation).init = *init;
  return {};
}

Admission Publisher::admit_kit(const MediaRecord& header, std::span<const std::uint8_t> bytes) {
  Kit* kit = kit_of(header.generation);
  if (kit == nullptr) return refused(Refusal::NoInit, "a prepared picture came before the init segment");
  const bool is_skip = header.type == RecordType::Skip;
  const std::size_t limit = is_skip ? skip_bytes_max : slate_bytes_max;
  if (bytes.empty() || bytes.size() > limit) {
    return refused(Refusal::BadKit, "a prepared picture has " + std::to_string(bytes.size()) +
                                        " bytes, allowed are 1 to " + std::to_string(limit));
  }
  if (is_skip && (header.pts < 0 || header.pts >= std::ssize(kit->skips))) {
    return refused(Refusal::BadKit, "skip picture " + number(header.pts) + ": the index must be 0 to 15");
  }
  auto& place = is_skip ? kit->skips[static_cast<std::size_t>(header.pts)] : kit->slate;
  place.assign(bytes.begin(), bytes.end());
  return {};
}

Admission Publisher::check_grid(const MediaRecord& header, MonoTime now) const {
  const common::TimeGrid& grid = settings_.grid;
  const std::int64_t ticks = grid.ticks_per_picture();
  if (header.pts < 0 || header.pts % ticks != 0) {
    return refused(Refusal::OffGrid, "pts " + number(header.pts) + " is not a multiple of " + number(ticks));
  }
  if (header.pictures == 0 || header.pictures > static_cast<std::uint32_t>(grid.part_pictures) ||
      header.duration != header.pictures * ticks) {
    return refused(Refusal::OffGrid, number(header.pictures) + " pictures in " + number(header.duration) +
                                         " ticks: a part has 1 to " + number(grid.part_pictures) + " of " +
                                         number(ticks) + " ticks each");
  }
  const Slot start = grid.slot(header.pts);
  const Slot end = start + header.pictures;
  if (end > grid.part_end(start)) {
    return refused(Refusal::OffGrid, "part " + number(start) + ".." + number(end) + " must end at " +
                                         number(grid.part_end(start)));
  }
  // RFC 8216bis 4.4.4.9: at least 85 % of the part target, except independent ones and the last of a segment.
  const bool is_short = header.pictures * 100 < static_cast<std::uint32_t>(grid.part_pictures) * 85;
  if (is_short && !header.independent && !grid.wants_key_frame(end)) {
    return refused(Refusal::OffGrid,
                   "a part of " + number(header.pictures) + " pictures is too short inside a segment");
  }
  if (grid.time_of(end) > now + settings_.ahead_max) {
    return refused(Refusal::TooEarly, "part " + number(start) + ".." + number(end) + " ends in the future");
  }
  return {};
}

Admission Publisher::check_place(const MediaRecord& header) const {
  const Slot start = settings_.grid.slot(header.pts);
  const bool opening = life_ != Life::Running;
  if (start != end_) {
    const bool fenced = opening && asks_ > 0;
    return refused(
        fenced ? Refusal::Fenced : Refusal::NotContiguous,
        "the part starts at " + number(start) + ", the published timeline ends at " + number(end_));
  }
  if (!header.independent && (opening || needs_new_segment())) {
    return refused(opening && asks_ > 0 ? Refusal::Fenced : Refusal::NotIndependent,
                   "a key frame must open at " + number(start));
  }
  return {};
}

Admission Publisher::admit_part(const MediaRecord& header, std::span<const std::uint8_t> bytes,
                                MonoTime now) {
  if (stopped_) return refused(Refusal::Stopped, "the stream is stopped");
  if (paused_ && !header.slate) {
    Admission answer =
        refused(Refusal::Paused, "the stream is paused, and this part shows what was captured");
    if (life_ != Life::None && header.generation == generation_) {
      answer.resume = sign_of_life(answer.refusal, now);
    }
    return answer;
  }
  open_early(header, now);
  if (life_ == Life::None || header.generation != generation_) {
    return refused(Refusal::WrongGeneration,
                   "generation " + std::to_string(header.generation) + " was not activated");
  }
  const Kit* kit = kit_of(header.generation);
  if (kit == nullptr) return refused(Refusal::NoInit, "a part came before the init segment");
  if (Admission answer = check_grid(header, now); !answer) return answer;
  const auto facts = parse_fragment(bytes, kit->init->facts);
  if (!facts) return refused(Refusal::BadFragment, facts.error().reason);
  if (Admission answer = check_fragment(header, *facts); !answer) return answer;
  settle_unfinished(settings_.grid.slot(header.pts), header.independent, now);
  if (Admission answer = check_place(header); !answer) {
    answer.resume = sign_of_life(answer.refusal, now);
    return answer;
  }
  return take(header, *facts, bytes, now);
}

// A refused part is still proof that the worker works: it is told where to go on, unless it has just been
// told.
std::optional<NeedsResume> Publisher::sign_of_life(Refusal refusal, MonoTime now) {
  const bool lost_its_place = life_ == Life::Running && refusal == Refusal::NotContiguous;
  if (!lost_its_place && now < asked_at_ + settings_.takeover_grace) return std::nullopt;
  life_ = Life::Fenced;
  bridge_due(now);
  return ask_resume(now);
}

Admission Publisher::take(const MediaRecord& header, const FragmentFacts& facts,
                          std::span<const std::uint8_t> bytes, MonoTime now) {
  const auto& kit = kits_.at(header.generation);
  Fragment fragment;
  fragment.part.start = settings_.grid.slot(header.pts);
  fragment.part.pictures = static_cast<int>(header.pictures);
  fragment.part.independent = header.independent;
  fragment.bytes.assign(bytes.begin(), bytes.end());
  patch_sequence(fragment.bytes, facts.sequence_offset, static_cast<std::uint32_t>(next_serial_));
  fragment.init = kit->init;
  fragment.opens_segment = life_ != Life::Running || needs_new_segment();
  if (!publish(std::move(fragment), now)) return refused(Refusal::Storage, "no memory for the part");
  since_idr_ = facts.last_sync >= 0 ? facts.samples - facts.last_sync : since_idr_ + facts.samples;
  unfinished_ = {};
  on_air_kit_ = kit;
  on_air_ = header.slate ? OnAir::Slate : OnAir::Picture;
  life_ = Life::Running;
  asks_ = 0;
  last_worker_part_at_ = now;
  ++parts_;
  finish_takeover();
  settle_takeover(now);
  Admission answer;
  answer.published = true;
  return answer;
}

}  // namespace supervisor
