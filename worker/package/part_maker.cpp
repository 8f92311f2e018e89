#include "worker/package/part_maker.h"

namespace worker {

PartMaker::PartMaker(const common::TimeGrid& grid, TrackFormat format, const SkipKit* kit)
    : grid_(grid), format_(std::move(format)), kit_(kit), cutter_(grid) {
  // A kit made for other parameter sets would show rubbish.
  if (kit_ != nullptr && kit_->avc_config != format_.avc_config) kit_ = nullptr;
  if (kit_ != nullptr) sequence_ = kit_->sequence;
}

common::Result<Bytes> PartMaker::init() {
  const auto writer = CmafWriter::open(format_);
  if (!writer) return writer.error();
  return (*writer)->init();
}

common::Result<void> PartMaker::open(common::Slot first, common::Slot now) {
  auto writer = CmafWriter::open(format_);
  if (!writer) return writer.error();
  writer_ = std::move(*writer);
  part_ = {};
  cutter_.open(first, now);
  return {};
}

common::Result<std::optional<Part>> PartMaker::add_encoded(AccessUnit access_unit) {
  if (access_unit.key != key_due())
    return common::error("packager: the encoder and the cutter disagree about a key frame");
  pictures_since_key_ = access_unit.key ? 0 : pictures_since_key_ + 1;
  if (kit_ != nullptr && !access_unit.key) {
    auto numbered = renumber(access_unit.bytes, pictures_since_key_, sequence_);
    if (!numbered) return numbered.error();
    access_unit.bytes = std::move(*numbered);
  }
  return add(access_unit);
}

common::Result<std::optional<Part>> PartMaker::add_skip() {
  if (!can_skip()) return common::error("packager: a repeat cannot stand here");
  ++pictures_since_key_;
  return add({kit_->skip[pictures_since_key_ % SkipKit::skips], false});
}

common::Result<std::optional<Part>> PartMaker::add(const AccessUnit& access_unit) {
  const Cutter::Cut cut = cutter_.cut();
  const std::int64_t pts = grid_.pts(cutter_.slot());
  const int ticks = grid_.ticks_per_picture();
  if (const auto added = writer_->add(access_unit, pts, ticks); !added) return added.error();
  if (cut.part_begins) {
    part_.type = common::RecordType::Part;
    part_.pts = pts;
    part_.duration = 0;
    part_.pictures = 0;
    part_.independent = access_unit.key;
    part_.slate = slate_;
  }
  part_.slate = part_.slate && slate_;
  part_.duration += static_cast<std::uint32_t>(ticks);
  ++part_.pictures;
  picture_.header = part_;
  picture_.header.type = common::RecordType::Picture;
  picture_.header.pts = pts;
  picture_.header.duration = static_cast<std::uint32_t>(ticks);
  picture_.header.pictures = 1;
  picture_.header.independent = access_unit.key;
  picture_.header.slate = slate_;
  picture_.bytes = access_unit.bytes;
  cutter_.next();
  if (!cut.part_ends) return std::optional<Part>();
  auto part = take_part();
  if (!part) return part.error();
  return std::optional<Part>(std::move(*part));
}

common::Result<Part> PartMaker::take_part() {
  auto bytes = writer_->take_part();
  if (!bytes) return bytes.error();
  return Part{part_, std::move(*bytes)};
}

}  // namespace worker
