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
  double key_distance = 60;         // pictures from one key frame to the next, on average
};

EncoderSettings encoder_settings(const common::VideoSettings& video, const common::TimeGrid& grid);

// H.264 level (Tables, High profile), times ten.
int h264_level(const EncoderSettings& settings);

// The presets of libx264 cheaper than `preset`, dearest first, that keep its parameter sets: only those from
// ultrafast to faster have equal ones (timeline.md), so none for any other.
std::span<const char* const> cheaper_presets(const std::string& preset);

}  // namespace worker
