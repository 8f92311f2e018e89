// A desktop that stands still, over real libx264: after a movement its text becomes sharp, and key frames
// keep it so for ever, inside the bit rate.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/worker/encode/decoded.h"
#include "tests/worker/encode/still_text.h"
#include "worker/encode/open_encoder.h"
#include "worker/package/part_maker.h"

using namespace worker;

namespace {

const bool quiet = (av_log_set_level(AV_LOG_ERROR), true);
constexpr int width = 640;
constexpr int height = 360;
constexpr int fps = 30;
constexpr common::Slot moving = 75;  // not the end of a segment
constexpr double sharp = 0.99;

struct Scene {
  int bitrate_kbps = 1500;
  int seconds = 10;
  int scroll = 6;  // pixels a picture while it moves
  bool refines = true;
};

struct Seen {
  common::Slot slot = 0;
  bool key = false;
  std::size_t bytes = 0;
  double ssim = 0;
};

// The pictures that were encoded, as a viewer sees them. The loop of the worker without its clock and its
// capture.
class Desktop {
 public:
  explicit Desktop(const Scene& scene)
      : scene_(scene), settings_{width, height, fps, scene.bitrate_kbps, "veryfast"} {}

  std::vector<Seen> watch() {
    const auto kit = make_skip_kit(settings_);
    encoder_ = *open_encoder("libx264", settings_);
    const auto grid = common::make_time_grid(fps, 0.2, 2, 2);
    PartMaker maker(
        grid,
        {width, height, fps, grid.timescale(), Bytes(encoder_->config().begin(), encoder_->config().end())},
        &*kit);
    EXPECT_TRUE(maker.open(0, -fps));
    Bytes file = *maker.init();
    std::shared_ptr<Picture> picture;
    std::vector<std::shared_ptr<Picture>> shown;
    for (common::Slot slot = 0; slot < scene_.seconds * fps; ++slot) {
      const bool changed = slot < moving;
      if (changed) picture = tests::text_picture(width, height, static_cast<int>(slot) * scene_.scroll);
      const bool skip = maker.can_skip() && !changed && !(scene_.refines && refines(slot));
      AccessUnit unit;
      if (!skip) unit = encode(*picture, slot, maker.key_due());
      const auto part = unit.bytes.empty() ? maker.add_skip() : maker.add_encoded(std::move(unit));
      EXPECT_TRUE(part);
      if (*part) file.insert(file.end(), (*part)->bytes.begin(), (*part)->bytes.end());
      shown.push_back(picture);
    }
    const auto decoded = tests::decode_mp4(file);
    for (const auto& line : decoded.complaints) ADD_FAILURE() << line;
    for (Seen& one : seen_) {
      const auto at = static_cast<std::size_t>(one.slot);
      one.ssim = tests::luma_ssim(*shown.at(at), decoded.pictures.at(at).planes);
    }
    return seen_;
  }

 private:
  bool refines(common::Slot slot) { return slot >= encoded_at_ + fps / 5 && encoder_->refines(slot); }

  AccessUnit encode(const Picture& picture, common::Slot slot, bool key) {
    auto unit = encoder_->encode(picture, slot, key);
    EXPECT_TRUE(unit);
    encoded_at_ = slot;
    if (!unit->left_out) seen_.push_back({slot, key, unit->bytes.size(), 0});
    return std::move(*unit);
  }

  const Scene scene_;
  const EncoderSettings settings_;
  std::unique_ptr<Encoder> encoder_;
  common::Slot encoded_at_ = 0;
  std::vector<Seen> seen_;
};

double ssim_at(const std::vector<Seen>& seen, common::Slot slot) {
  double last = 0;
  for (const Seen& one : seen)
    if (one.slot <= slot) last = one.ssim;
  return last;
}

int encoded_between(const std::vector<Seen>& seen, common::Slot from, common::Slot to) {
  return static_cast<int>(
      std::ranges::count_if(seen, [&](const Seen& one) { return one.slot >= from && one.slot < to; }));
}

}  // namespace

TEST(Still, text_is_sharp_within_a_second_after_a_movement) {
  const auto with = Desktop({.bitrate_kbps = 600, .scroll = 23}).watch();
  const auto without = Desktop({.bitrate_kbps = 600, .scroll = 23, .refines = false}).watch();
  const common::Slot last_motion = moving - 1, a_second_later = last_motion + fps - 1;
  RecordProperty("ssim_moving", std::to_string(ssim_at(with, last_motion)));
  RecordProperty("ssim_with", std::to_string(ssim_at(with, a_second_later)));
  RecordProperty("ssim_without", std::to_string(ssim_at(without, a_second_later)));
  EXPECT_GE(ssim_at(with, a_second_later), sharp);
  EXPECT_LE(encoded_between(with, moving, a_second_later + 1), 6);
  EXPECT_LT(ssim_at(without, a_second_later), sharp) << "blurred enough to be worth a test";
}

TEST(Still, text_gets_sharp_even_after_a_movement_that_took_every_bit) {
  const Scene violent{.bitrate_kbps = 700, .seconds = 12, .scroll = 1601};
  const auto with = Desktop(violent).watch();
  EXPECT_LT(ssim_at(with, moving - 1), 0.8) << "hard enough to be worth a test";
  EXPECT_GE(ssim_at(with, moving + 2 * fps + fps / 2), 0.95);
  EXPECT_GE(with.back().ssim, sharp);
  for (const Seen& one : with)
    EXPECT_GE(one.slot > moving + 3 * fps ? one.ssim : 1, 0.95) << "at " << one.slot;
}

TEST(Still, key_frames_of_a_quiet_desktop_stay_as_good_as_the_first) {
  const auto seen = Desktop({.seconds = 60}).watch();
  for (const Seen& one : seen)
    EXPECT_GE(one.slot >= moving + 2 * fps ? one.ssim : 1, 0.985) << "at " << one.slot;
  // A key frame every two seconds, and now and then a refinement.
  EXPECT_LE(encoded_between(seen, 10 * fps, 60 * fps), 25 * 3);
}

TEST(Still, what_quiet_times_saved_never_exceeds_the_bit_rate_and_its_buffer) {
  for (const int scroll : {6, 1601}) {
    const Scene scene{.bitrate_kbps = 800, .seconds = 30, .scroll = scroll};
    const double a_slot = scene.bitrate_kbps * 1000.0 / 8 / fps;
    const double buffer = scene.bitrate_kbps * 1000.0 / 8;
    double fill = buffer;
    common::Slot at = 0;
    for (const Seen& one : Desktop(scene).watch()) {
      fill = std::min(buffer, fill + a_slot * static_cast<double>(one.slot - at)) -
             static_cast<double>(one.bytes);
      at = one.slot;
      EXPECT_GE(fill, -0.1 * buffer) << "scroll " << scroll << ", slot " << one.slot;
    }
  }
}

// A letter here and there, and the encoder is told where: what it leaves alone is what was there, and costs
// nothing. The search changes with the size of a change, which must not reach what a decoder assumes.
class Typing : public testing::TestWithParam<const char*> {};

TEST_P(Typing, is_shown_and_what_stands_around_it_is_not_coded_again) {
  const EncoderSettings settings{width, height, fps, 1500, GetParam()};
  auto encoder = *open_encoder("libx264", settings);
  PartMaker maker(common::make_time_grid(fps, 0.2, 10, 10),
                  {width, height, fps, common::make_time_grid(fps, 0.2, 10, 10).timescale(),
                   Bytes(encoder->config().begin(), encoder->config().end())},
                  nullptr);
  ASSERT_TRUE(maker.open(0, -fps));
  Bytes file = *maker.init();
  ChangeHistory history;
  std::vector<std::shared_ptr<Picture>> shown;
  std::size_t typed_bytes = 0;
  for (common::Slot slot = 0; slot < 8 * fps; ++slot) {
    auto picture = tests::text_picture(width, height, 0);
    if (!shown.empty())
      for (int y = 0; y < height; ++y)
        std::copy_n(shown.back()->plane(0) + static_cast<std::ptrdiff_t>(y) * shown.back()->stride(0), width,
                    picture->plane(0) + static_cast<std::ptrdiff_t>(y) * picture->stride(0));
    const int x = 8 * static_cast<int>(slot * 7 % (width / 8)),
              y = 16 * static_cast<int>(slot * 3 % (height / 16));
    for (int row = y; row < y + 12; ++row)
      std::fill_n(picture->plane(0) + static_cast<std::ptrdiff_t>(row) * picture->stride(0) + x, 6,
                  slot % 2 == 0 ? 40 : 230);
    DirtyArea changes;
    changes.add(shown.empty() ? Rectangle{0, 0, width, height} : Rectangle{x, y, 6, 12});
    picture->continue_from(history, changes);
    auto unit = encoder->encode(*picture, slot, maker.key_due());
    ASSERT_TRUE(unit);
    if (slot > fps) typed_bytes += unit->bytes.size();
    const auto part = maker.add_encoded(std::move(*unit));
    ASSERT_TRUE(part);
    if (*part) file.insert(file.end(), (*part)->bytes.begin(), (*part)->bytes.end());
    shown.push_back(std::move(picture));
  }
  const auto decoded = tests::decode_mp4(file);
  for (const auto& line : decoded.complaints) ADD_FAILURE() << line;
  ASSERT_EQ(decoded.pictures.size(), shown.size());
  for (std::size_t at = fps; at < shown.size(); at += 13)
    EXPECT_GE(tests::luma_ssim(*shown[at], decoded.pictures[at].planes), sharp) << "picture " << at;
  EXPECT_LT(typed_bytes, 7 * fps * 400u);
}

INSTANTIATE_TEST_SUITE_P(Presets, Typing, testing::Values("ultrafast", "veryfast", "medium", "slow"));

TEST(Still, presets_beyond_the_equal_ones_have_skip_pictures_of_their_own_and_none_to_step_down_to) {
  for (const char* preset : {"fast", "medium"}) {
    const EncoderSettings settings{width, height, fps, 1500, preset};
    EXPECT_TRUE(cheaper_presets(preset).empty());
    const auto kit = make_skip_kit(settings);
    ASSERT_TRUE(kit) << kit.error().reason;
    const auto encoder = *open_encoder("libx264", settings);
    EXPECT_TRUE(std::ranges::equal(kit->avc_config, encoder->config())) << preset;
  }
  const auto steps = cheaper_presets("veryfast");
  EXPECT_EQ(std::vector<std::string>(steps.begin(), steps.end()),
            (std::vector<std::string>{"superfast", "ultrafast"}));
}
