// h264_vaapi of libavcodec behind the Encoder interface, with upload into GPU surfaces.
#pragma once

#include "worker/encode/encoder.h"
#include "worker/encode/encoder_settings.h"

namespace worker {

// Opens the device and the codec; does not encode.
common::Result<std::unique_ptr<Encoder>> open_vaapi_encoder(const EncoderSettings& settings);

}  // namespace worker
