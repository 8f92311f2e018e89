// The encoders by their names, which are those of libavcodec.
#pragma once

#include <memory>
#include <string>

#include "worker/encode/encoder.h"
#include "worker/encode/encoder_settings.h"

namespace worker {

// `name`: libx264 | h264_vaapi. Does not encode.
common::Result<std::unique_ptr<Encoder>> open_encoder(const std::string& name,
                                                      const EncoderSettings& settings);

}  // namespace worker
