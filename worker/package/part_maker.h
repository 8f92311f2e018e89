// From pictures, encoded or repeated, to parts: asks the cutter, numbers the pictures since the last key
// frame, rewrites frame_num where skip pictures stand between encoded ones, and hands out every finished part
// as a record. One thread; calls no clock.
#pragma once

#include <optional>

#include "common/media_record.h"
#include "worker/package/cmaf_writer.h"
#include "worker/package/cutter.h"
#include "worker/package/skip_kit.h"

namespace worker {

struct Part {
  common::MediaRecord header;  // generation and length are the socket's business
  Bytes bytes;
};

class PartMaker {
 public:
  // kit: null when skip pictures cannot be prepared.
  PartMaker(const common::TimeGrid& grid, TrackFormat format, const SkipKit* kit);

  common::Result<Bytes> init();
  // Opens the timeline anew at `first`, dropping an unfinished part; the next picture must be a key frame.
  common::Result<void> open(common::Slot first, common::Slot now);

  common::Slot slot() const { return cutter_.slot(); }
  bool key_due() const { return cutter_.cut().key_frame; }
  void request_key_frame() { cutter_.request_key_frame(); }
  // Of the pictures that are added from now on: nothing that was captured is in them or in what they refer
  // to.
  void mark_slate(bool slate) { slate_ = slate; }
  // A repeat can stand here.
  bool can_skip() const { return kit_ != nullptr && !key_due(); }

  // The last picture that was added, as a record of its own.
  const Part& picture() const { return picture_; }

  // The picture of slot(), which moves on. A part when this picture ends one.
  common::Result<std::optional<Part>> add_encoded(AccessUnit access_unit);
  common::Result<std::optional<Part>> add_skip();

 private:
  common::Result<std::optional<Part>> add(const AccessUnit& access_unit);
  common::Result<Part> take_part();

  common::TimeGrid grid_;
  TrackFormat format_;
  const SkipKit* kit_;
  Cutter cutter_;
  std::unique_ptr<CmafWriter> writer_;
  SequenceFacts sequence_;
  unsigned pictures_since_key_ = 0;
  bool slate_ = false;
  common::MediaRecord part_;
  Part picture_;
};

}  // namespace worker
