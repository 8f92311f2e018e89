// Which encoder to use: an ordered list, each tried with one real picture, the first that gives a key frame
// wins. Says why every other was refused. One thread.
#pragma once

#include <functional>

#include "common/protocol.h"
#include "worker/encode/encoder.h"
#include "worker/encode/libav_encoder.h"

namespace worker {

struct ChosenEncoder {
  std::unique_ptr<Encoder> encoder;
  AccessUnit trial;              // the key frame of the trial picture
  common::EncoderReport report;  // with the reason of every refusal, "name: why; name: why"
};

// How an encoder of a name is opened: open_libav_encoder, or what a test puts in its place.
using OpenEncoder =
    std::function<common::Result<std::unique_ptr<Encoder>>(const std::string&, const EncoderSettings&)>;

struct EncoderWish {
  std::string wanted = "auto";  // or a libavcodec name
  bool software_only = false;   // hardware failed before: the report says that it was left out
};

// `wanted`: auto (h264_vaapi, then libx264) or a name, which is tried first, then libx264. `trial` is encoded
// once, for slot `trial_slot`, and the result thrown away. An error when none works: class encoder.
common::Result<ChosenEncoder> choose_encoder(const EncoderWish& wish, const EncoderSettings& settings,
                                             const Picture& trial, common::Slot trial_slot,
                                             const OpenEncoder& open = open_libav_encoder);

// For the probe role: [{"name":"libx264","works":true,"reason":""},...], each tried with a real picture.
std::string list_encoders_json(const Picture& trial);

}  // namespace worker
