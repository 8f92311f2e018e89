// libx264 behind the Encoder interface, with every option pinned that would otherwise reach the parameter
// sets (timeline.md). It is asked itself and not through libavcodec, which hands neither a map of the
// macroblocks that did not change nor a quantizer for each picture on (docs/decisions/0020).
#pragma once

#include "worker/encode/encoder.h"
#include "worker/encode/encoder_settings.h"

namespace worker {

// Opens the encoder; does not encode.
common::Result<std::unique_ptr<Encoder>> open_x264_encoder(const EncoderSettings& settings);

}  // namespace worker
