// Which encoder to use: an ordered list, each tried with one real picture, the first that gives a key frame
// wins. Says why every other was refused. One thread.
#pragma once

#include "common/protocol.h"
#include "worker/encode/encoder.h"

namespace worker {

struct ChosenEncoder {
  std::unique_ptr<Encoder> encoder;
  AccessUnit trial;              // the key frame of the trial picture
  common::EncoderReport report;  // with the reason of every refusal, "name: why; name: why"
};

// `wanted`: auto (h264_vaapi, then libx264) or a name, which is tried first, then libx264. `trial` is encoded
// once, for slot `trial_slot`, and the result thrown away. An error when none works: class encoder.
common::Result<ChosenEncoder> choose_encoder(const std::string& wanted, const EncoderSettings& settings,
                                             const Picture& trial, common::Slot trial_slot);

// For the probe role: [{"name":"libx264","works":true,"reason":""},...], each tried with a real picture.
std::string list_encoders_json(const Picture& trial);

}  // namespace worker
