// Encoders that fail as told, for tests only: the program streamer-worker-faulty opens its encoders here. A
// hardware encoder is among them everywhere: "h264_vaapi", with libx264 inside, so that fallback and retry
// run for real on a machine without a GPU.
//
// The environment variable STREAMER_TEST_ENCODER says what happens: FAULT, or NAME=FAULT; without a name it
// is h264_vaapi that has the fault. N counts the pictures given to the encoder, the first is 1.
//   open_fails | open_slow:MS | fail_at:N | silent_at:N | silent_for:N (one picture only) | block_at:N |
//   slow:MS (every picture) | slow_dear:MS (every picture, with presets dearer than superfast) | none
#pragma once

#include <string>

#include "worker/encode/encoder.h"
#include "worker/encode/encoder_settings.h"

namespace tests {

struct EncoderFault {
  std::string encoder = "h264_vaapi";
  std::string kind = "none";
  int number = 0;
};

// Error: not understood.
common::Result<EncoderFault> parse_fault(const std::string& text);

common::Result<std::unique_ptr<worker::Encoder>> open_faulty_encoder(const std::string& name,
                                                                     const worker::EncoderSettings& settings,
                                                                     const EncoderFault& fault);

}  // namespace tests
