#include "worker/encode/encoder_settings.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace worker {

EncoderSettings encoder_settings(const common::VideoSettings& video) {
  return {video.width, video.height, video.fps, video.bitrate, video.preset};
}

int h264_level(int width, int height, int fps) {
  struct Row {
    int level;
    std::int64_t macroblocks_per_second;
    std::int64_t macroblocks;
  };
  constexpr std::array<Row, 10> table = {{{30, 40'500, 1'620},
                                          {31, 108'000, 3'600},
                                          {32, 216'000, 5'120},
                                          {40, 245'760, 8'192},
                                          {42, 522'240, 8'704},
                                          {50, 589'824, 22'080},
                                          {51, 983'040, 36'864},
                                          {52, 2'073'600, 36'864},
                                          {60, 4'177'920, 139'264},
                                          {62, 16'711'680, 139'264}}};
  const std::int64_t macroblocks = static_cast<std::int64_t>((width + 15) / 16) * ((height + 15) / 16);
  for (const Row& row : table)
    if (macroblocks <= row.macroblocks && macroblocks * fps <= row.macroblocks_per_second) return row.level;
  return table.back().level;
}

std::span<const char* const> cheaper_presets(const std::string& preset) {
  static constexpr std::array<const char*, 4> equal = {"faster", "veryfast", "superfast", "ultrafast"};
  const auto found = std::ranges::find(equal, preset);
  return found == equal.end() ? std::span<const char* const>() : std::span(found + 1, equal.end());
}

}  // namespace worker
