// What supervision may change of an encoder without anyone seeing it: the init segment stays byte for byte
// the same.
#include <gtest/gtest.h>

#include "tests/worker/encode/moving_pattern.h"
#include "worker/encode/encoder_chain.h"
#include "worker/package/part_maker.h"

namespace worker {
namespace {

constexpr int width = 320;
constexpr int height = 180;

EncoderSettings with_preset(const std::string& preset) {
  EncoderSettings settings;
  settings.width = width;
  settings.height = height;
  settings.preset = preset;
  return settings;
}

common::Result<ChosenEncoder> choose(const EncoderWish& wish, const std::string& preset,
                                     const OpenEncoder& open = open_encoder) {
  return choose_encoder(wish, with_preset(preset), *tests::moving_pattern(width, height, 0), 0, open);
}

// Its statistics are not what is tested here.
[[maybe_unused]] const bool quiet = (av_log_set_level(AV_LOG_ERROR), true);

Bytes init_of(const Encoder& encoder) {
  const common::TimeGrid grid = common::make_time_grid(30, 0.2, 2, 2);
  TrackFormat format{width, height, grid.fps, grid.timescale(), {}};
  format.avc_config.assign(encoder.config().begin(), encoder.config().end());
  return PartMaker(grid, format, nullptr).init().value();
}

TEST(EncoderSettings, normal_reduced_and_software_have_the_same_init_segment) {
  const Bytes normal = init_of(*choose({"auto"}, "veryfast")->encoder);
  ASSERT_FALSE(normal.empty());
  EXPECT_EQ(init_of(*choose({"auto"}, "ultrafast")->encoder), normal) << "reduced, and overload's first step";
  EXPECT_EQ(init_of(*choose({"auto", true}, "veryfast")->encoder), normal);
  EXPECT_EQ(init_of(*choose({"auto", true}, "ultrafast")->encoder), normal);
}

TEST(EncoderSettings, software_only_never_touches_hardware_and_says_that_it_was_left_out) {
  std::vector<std::string> opened;
  const auto chosen = choose({"auto", true}, "veryfast", [&](const auto& name, const auto& settings) {
    opened.push_back(name);
    return open_encoder(name, settings);
  });
  ASSERT_TRUE(chosen);
  EXPECT_EQ(opened, std::vector<std::string>{"libx264"});
  EXPECT_EQ(chosen->report.fallback_reason, "h264_vaapi: left out, because hardware encoding failed before");
}

TEST(EncoderSettings, an_operators_libx264_is_no_fallback) {
  EXPECT_EQ(choose({"libx264", true}, "veryfast")->report.fallback_reason, "");
}

}  // namespace
}  // namespace worker
