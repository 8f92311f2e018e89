// Which encoder to use: an ordered list, each tried with one real picture, the first that gives a key frame
// wins. Says why every other was refused. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "common/protocol.h"
#include "worker/encode/encoder.h"
#include "worker/encode/open_encoder.h"

namespace worker {

struct ChosenEncoder {
  std::unique_ptr<Encoder> encoder;
  AccessUnit trial;              // the key frame of the trial picture
  common::EncoderReport report;  // with the reason of every refusal, "name: why; name: why"
};

// How an encoder of a name is opened: open_encoder, or what a test puts in its place.
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
                                             const OpenEncoder& open = open_encoder);

// For the probe role.
struct EncoderTrial {
  std::string name;
  bool hardware = false;
  bool ok = false;
  std::string reason;                 // why not
  std::chrono::milliseconds took{0};  // to open it and to encode one picture
};
// Every encoder of the chain, best first, each tried with `trial`.
std::vector<EncoderTrial> try_encoders(const Picture& trial, const OpenEncoder& open = open_encoder);

}  // namespace worker
