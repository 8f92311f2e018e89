// What an encoder is asked for, and what follows from it alone. Pure.
#pragma once

#include <span>
#include <string>

#include "common/worker_settings.h"

namespace worker {

struct EncoderSettings {
  int width = 0;
  int height = 0;
  int fps = 30;
  int bitrate_kbps = 5000;
  std::string preset = "veryfast";  // ultrafast .. faster: equal parameter sets (timeline.md)
};

EncoderSettings encoder_settings(const common::VideoSettings& video);

// H.264 level (Table A-1) for a size and rate, times ten; fixed by these alone so that a bitrate step keeps
// the SPS.
int h264_level(int width, int height, int fps);

// The presets of libx264 cheaper than `preset`, dearest first, that keep its parameter sets: only those from
// ultrafast to faster have equal ones (timeline.md), so none for any other.
std::span<const char* const> cheaper_presets(const std::string& preset);

}  // namespace worker
