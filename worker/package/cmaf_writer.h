// Access units to CMAF: one init segment, then parts of one moof+mdat each, whose decode time is the pts on
// the shared timeline (ISO 14496-12 8.8.12). libavformat's mp4 muxer does the writing; there is no styp, sidx
// or edit list, and nothing in the init depends on the moment or the library's version. The mfhd sequence
// number belongs to the supervisor, which rewrites it. One thread.
#pragma once

#include "worker/av/av_owners.h"
#include "worker/encode/encoder.h"

namespace worker {

struct TrackFormat {
  int width = 0;
  int height = 0;
  int fps = 0;
  int timescale = 0;  // ticks a second
  Bytes avc_config;   // AVCDecoderConfigurationRecord
};

class CmafWriter {
 public:
  // A writer for one opening of the timeline: the first access unit may have any pts, the next must follow
  // on.
  static common::Result<std::unique_ptr<CmafWriter>> open(const TrackFormat& format);
  virtual ~CmafWriter() = default;
  // ftyp+moov, byte-identical for equal formats.
  virtual const Bytes& init() const = 0;
  // pts and duration in ticks.
  virtual common::Result<void> add(const AccessUnit& access_unit, std::int64_t pts,
                                   std::int64_t duration) = 0;
  // moof+mdat of everything added since the last call.
  virtual common::Result<Bytes> take_part() = 0;
};

}  // namespace worker
