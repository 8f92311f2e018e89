// Encoders of libavcodec behind the Encoder interface: libx264 with every option pinned that would otherwise
// reach the parameter sets (timeline.md), and h264_vaapi with upload into GPU surfaces.
#pragma once

#include "worker/encode/encoder.h"

namespace worker {

// `name`: libx264 | h264_vaapi. Opens the device and the codec; does not encode.
common::Result<std::unique_ptr<Encoder>> open_libav_encoder(const std::string& name,
                                                            const EncoderSettings& settings);

// H.264 level (Table A-1) for a size and rate, times ten; fixed by these alone so that a bitrate step keeps
// the SPS.
int h264_level(int width, int height, int fps);

// The presets of libx264 cheaper than `preset`, dearest first, that keep its parameter sets: only those from
// ultrafast to faster have equal ones (timeline.md), so none for any other.
std::span<const char* const> cheaper_presets(const std::string& preset);

}  // namespace worker
