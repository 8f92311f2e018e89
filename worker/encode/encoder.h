// A picture in, one access unit out, at once: no look-ahead, no reordering, so that what was captured in a
// slot is published for that slot. An encoder knows nothing of parts, of time beyond the slot number, or of
// the supervisor. One thread at a time. An error from encode() is final: the encoder must be replaced.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/result.h"
#include "common/time_grid.h"
#include "worker/picture/picture.h"

namespace worker {

using Bytes = std::vector<std::uint8_t>;

// The NAL units of one picture, each after its length in 4 bytes, without parameter sets and SEI. No bytes:
// the encoder took the picture and gave nothing (yet), or left it out.
struct AccessUnit {
  Bytes bytes;
  bool key = false;       // an IDR picture
  bool left_out = false;  // the bit rate has no room for it: the picture before is to be repeated
};

class Encoder {
 public:
  virtual ~Encoder() = default;
  // `slot` must rise from call to call. `force_key`: the picture becomes an IDR picture; others never do.
  virtual common::Result<AccessUnit> encode(const Picture& picture, common::Slot slot, bool force_key) = 0;
  // Whether the picture last encoded would get finer if it were encoded once more, for `slot`, and is worth
  // it: of a still desktop after a movement that was coded in a hurry.
  virtual bool refines(common::Slot slot) = 0;
  // Nothing can stand for a picture that is left out: from now on none is.
  virtual void leave_nothing_out() = 0;
  // Before the first picture: what `former`, of the same size and bit rate, has sent and learnt counts.
  // Another kind of encoder knows nothing of use.
  virtual void go_on_from(const Encoder& former) = 0;
  // libavcodec name
  virtual const std::string& name() const = 0;
  // AVCDecoderConfigurationRecord (ISO 14496-15 5.3.3): SPS and PPS, equal for equal settings.
  virtual std::span<const std::uint8_t> config() const = 0;
};

}  // namespace worker
