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
#include "common/worker_settings.h"
#include "worker/picture/picture.h"

namespace worker {

using Bytes = std::vector<std::uint8_t>;

struct EncoderSettings {
  int width = 0;
  int height = 0;
  int fps = 30;
  int bitrate_kbps = 5000;
  std::string preset = "veryfast";  // ultrafast .. faster: equal parameter sets (timeline.md)
  int threads = 1;                  // more than one adds a picture of delay each
};

EncoderSettings encoder_settings(const common::VideoSettings& video);

// The NAL units of one picture, each after its length in 4 bytes, without parameter sets and SEI. No bytes:
// the encoder took the picture and gave nothing (yet).
struct AccessUnit {
  Bytes bytes;
  bool key = false;   // an IDR picture
  int quantizer = 0;  // mean QP, 0..51; 0 when the encoder does not say
};

class Encoder {
 public:
  virtual ~Encoder() = default;
  // `slot` must rise from call to call. `force_key`: the picture becomes an IDR picture; others never do.
  virtual common::Result<AccessUnit> encode(const Picture& picture, common::Slot slot, bool force_key) = 0;
  // libavcodec name
  virtual const std::string& name() const = 0;
  // AVCDecoderConfigurationRecord (ISO 14496-15 5.3.3): SPS and PPS, equal for equal settings.
  virtual std::span<const std::uint8_t> config() const = 0;
};

}  // namespace worker
