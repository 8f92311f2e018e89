#include "worker/encode/encoder_settings.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace worker {

EncoderSettings encoder_settings(const common::VideoSettings& video, const common::TimeGrid& grid) {
  const int keys = (grid.segment_pictures + grid.key_pictures - 1) / grid.key_pictures;  // in a segment
  return {.width = video.width,
          .height = video.height,
          .fps = video.fps,
          .bitrate_kbps = video.bitrate,
          .preset = video.preset,
          .key_distance = static_cast<double>(grid.segment_pictures) / keys};
}

int h264_level(const EncoderSettings& settings) {
  struct Row {
    int level;
    std::int64_t macroblocks_per_second;
    std::int64_t macroblocks;
    int kbps;
  };
  constexpr std::array<Row, 10> table = {{{30, 40'500, 1'620, 12'500},
                                          {31, 108'000, 3'600, 17'500},
                                          {32, 216'000, 5'120, 25'000},
                                          {40, 245'760, 8'192, 25'000},
                                          {42, 522'240, 8'704, 62'500},
                                          {50, 589'824, 22'080, 168'750},
                                          {51, 983'040, 36'864, 300'000},
                                          {52, 2'073'600, 36'864, 300'000},
                                          {60, 4'177'920, 139'264, 300'000},
                                          {62, 16'711'680, 139'264, 1'000'000}}};
  const std::int64_t macroblocks =
      static_cast<std::int64_t>((settings.width + 15) / 16) * ((settings.height + 15) / 16);
  for (const Row& row : table)
    if (macroblocks <= row.macroblocks && macroblocks * settings.fps <= row.macroblocks_per_second &&
        settings.bitrate_kbps <= row.kbps)
      return row.level;
  return table.back().level;
}

std::span<const char* const> cheaper_presets(const std::string& preset) {
  static constexpr std::array<const char*, 4> equal = {"faster", "veryfast", "superfast", "ultrafast"};
  const auto found = std::ranges::find(equal, preset);
  return found == equal.end() ? std::span<const char* const>() : std::span(found + 1, equal.end());
}

}  // namespace worker
