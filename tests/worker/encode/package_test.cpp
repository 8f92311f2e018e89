// The packager over real libx264, libavformat and libavcodec: what a viewer would decode.
#include <gtest/gtest.h>

#include "tests/worker/encode/decoded.h"
#include "tests/worker/encode/moving_pattern.h"
#include "tests/worker/encode/still_text.h"
#include "worker/encode/encoder_chain.h"
#include "worker/encode/open_encoder.h"
#include "worker/package/part_maker.h"
#include "worker/picture/canvas.h"

using namespace worker;
using tests::moving_pattern;

namespace {

const bool quiet = (av_log_set_level(AV_LOG_ERROR), true);
constexpr int width = 320;
constexpr int height = 180;

EncoderSettings settings(const std::string& preset = "veryfast") {
  return {width, height, 30, 1000, preset};
}

common::TimeGrid grid() {
  return common::make_time_grid(30, 0.2, 2, 2);
}

TrackFormat track(const Encoder& encoder) {
  return {width, height, 30, grid().timescale(), Bytes(encoder.config().begin(), encoder.config().end())};
}

SkipKit kit() {
  auto made = make_skip_kit(settings());
  if (!made) throw std::runtime_error(made.error().reason);
  return *made;
}

// One worker life: an encoder and a part maker, with the parts it made.
struct Life {
  explicit Life(const SkipKit& skip_kit, const std::string& preset = "veryfast")
      : encoder(*open_encoder("libx264", settings(preset))), maker(grid(), track(*encoder), &skip_kit) {}

  void take(common::Result<std::optional<Part>> part) {
    ASSERT_TRUE(part) << part.error().reason;
    if (*part) parts.push_back(std::move(**part));
  }
  void encode(int number) {
    auto unit = encoder->encode(*moving_pattern(width, height, number), maker.slot(), maker.key_due());
    ASSERT_TRUE(unit) << unit.error().reason;
    take(maker.add_encoded(std::move(*unit)));
  }
  void skip() { take(maker.add_skip()); }

  std::unique_ptr<Encoder> encoder;
  PartMaker maker;
  std::vector<Part> parts;
};

Bytes joined(const Bytes& init, std::initializer_list<const std::vector<Part>*> lives) {
  Bytes file = init;
  for (const auto* parts : lives)
    for (const Part& part : *parts) file.insert(file.end(), part.bytes.begin(), part.bytes.end());
  return file;
}

void expect_no_complaints(const tests::Decoded& decoded) {
  for (const auto& line : decoded.complaints) ADD_FAILURE() << line;
}

}  // namespace

TEST(Package, the_init_segment_is_the_same_in_every_life_and_for_every_allowed_preset) {
  const SkipKit skip_kit = kit();
  const Bytes first = *Life(skip_kit).maker.init();
  EXPECT_EQ(tests::box_types(first), "ftyp moov");
  for (const char* preset : {"ultrafast", "superfast", "veryfast", "faster"})
    EXPECT_EQ(*Life(skip_kit, preset).maker.init(), first) << preset;
}

TEST(Package, a_part_is_one_moof_and_one_mdat_and_starts_at_its_time_on_the_shared_timeline) {
  const SkipKit skip_kit = kit();
  Life life(skip_kit);
  const common::Slot first = 60LL * 60 * 24 * 365 * 30;  // after a year: more than 32 bits of ticks
  ASSERT_TRUE(life.maker.open(first, first + 1));
  for (int i = 0; i < 14; ++i) life.encode(i);
  ASSERT_EQ(life.parts.size(), 3u);
  std::int64_t pts = grid().pts(first);
  for (const Part& part : life.parts) {
    EXPECT_EQ(tests::box_types(part.bytes), "moof mdat");
    EXPECT_EQ(tests::decode_time(part.bytes), pts);
    EXPECT_EQ(part.header.pts, pts);
    pts += part.header.duration;
  }
  EXPECT_EQ(life.parts[0].header.pictures, 2u);
  EXPECT_TRUE(life.parts[0].header.independent);
  EXPECT_EQ(life.parts[1].header.duration, 6u * grid().ticks_per_picture());
  EXPECT_FALSE(life.parts[1].header.independent);
}

TEST(Package, what_changed_in_a_picture_that_was_left_out_comes_with_the_next) {
  const SkipKit skip_kit = kit();
  Life life(skip_kit);
  ASSERT_TRUE(life.maker.open(0, -30));
  Canvas canvas(width, height);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * height * 4, 60);
  const auto paint = [&](Rectangle area, int brightness) {
    for (int y = area.y; y < area.bottom(); ++y)
      for (int x = area.x * 4; x < area.right() * 4; ++x)
        pixels[static_cast<std::size_t>(y * width * 4 + x)] = static_cast<std::uint8_t>(brightness + x % 3);
    return *canvas.paint({pixels.data(), width * 4, width, height}, std::array{area});
  };
  const auto encode = [&](const std::shared_ptr<const Picture>& picture, int slot) {
    auto unit = life.encoder->encode(*picture, slot, life.maker.key_due());
    if (unit->left_out) return false;
    life.take(life.maker.add_encoded(std::move(*unit)));
    return true;
  };
  ASSERT_TRUE(encode(paint({0, 0, width, height}, 60), 0));
  auto debtor = *open_encoder("libx264", settings());
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(debtor->encode(*moving_pattern(width, height, i), 0, true));
  life.encoder->go_on_from(*debtor);
  ASSERT_FALSE(encode(paint({0, 0, width / 2, height}, 150), 1));
  life.skip();
  ASSERT_TRUE(encode(paint({width - 32, 32, 16, 16}, 200), 300)) << "seconds later";
  while (life.maker.slot() % 6 != 0) life.skip();
  const auto decoded = tests::decode_mp4(joined(*life.maker.init(), {&life.parts}));
  expect_no_complaints(decoded);
  const auto& luma = decoded.pictures.back().planes;
  double sum = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width / 2; ++x) sum += luma[static_cast<std::size_t>(y * width + x)];
  EXPECT_NEAR(sum / (width / 2.0 * height), 16 + 151 * 219.0 / 255, 5);
}

TEST(Package, the_largest_pictures_can_be_skipped_too) {
  const auto made = make_skip_kit({7680, 4320, 30, 50'000, "ultrafast"});
  EXPECT_TRUE(made) << made.error().reason;
}

TEST(Package, forty_skip_pictures_repeat_the_last_picture_exactly) {
  const SkipKit skip_kit = kit();
  for (const auto& skip : skip_kit.skip) EXPECT_LT(skip.size(), SkipKit::skip_bytes_max(width, height));
  for (const char* preset : {"ultrafast", "veryfast", "faster"}) {
    Life life(skip_kit, preset);
    ASSERT_TRUE(life.maker.open(0, -30));
    for (int i = 0; i < 5; ++i) life.encode(i);
    for (int i = 0; i < 43; ++i) life.skip();
    const auto decoded = tests::decode_mp4(joined(*life.maker.init(), {&life.parts}));
    expect_no_complaints(decoded);
    ASSERT_EQ(decoded.pictures.size(), 48u);
    for (std::size_t i = 5; i < 48; ++i)
      EXPECT_EQ(decoded.pictures[i].planes, decoded.pictures[4].planes) << i;
    EXPECT_NE(decoded.pictures[3].planes, decoded.pictures[4].planes);
  }
}

TEST(Package, encoded_pictures_between_skips_decode_as_if_there_were_none) {
  const SkipKit skip_kit = kit();
  Life life(skip_kit);
  Life plain(skip_kit);
  ASSERT_TRUE(life.maker.open(0, -30));
  std::vector<std::size_t> expected;  // index of the plain picture each slot must show
  Bytes plain_units;
  std::size_t encoded = 0;
  std::vector<AccessUnit> units;
  for (int slot = 0; slot < 600; ++slot) {
    // Runs of all lengths up to 25 skips, so that frame_num wraps at every phase.
    const bool skip = life.maker.can_skip() && (slot * 7919 / 13) % 26 > (slot % 5);
    if (skip) {
      life.skip();
    } else {
      auto unit = life.encoder->encode(*moving_pattern(width, height, slot), slot, life.maker.key_due());
      ASSERT_TRUE(unit);
      units.push_back(*unit);
      life.take(life.maker.add_encoded(std::move(*unit)));
      ++encoded;
    }
    expected.push_back(encoded - 1);
  }
  // The same access units as the encoder made them, one after the other.
  auto writer = CmafWriter::open(track(*plain.encoder));
  ASSERT_TRUE(writer);
  for (std::size_t i = 0; i < units.size(); ++i)
    ASSERT_TRUE((*writer)->add(units[i], static_cast<std::int64_t>(i) * 3000, 3000));
  Bytes reference = (*writer)->init();
  const Bytes body = *(*writer)->take_part();
  reference.insert(reference.end(), body.begin(), body.end());

  const auto with_skips = tests::decode_mp4(joined(*life.maker.init(), {&life.parts}));
  const auto without = tests::decode_mp4(reference);
  expect_no_complaints(with_skips);
  expect_no_complaints(without);
  ASSERT_EQ(without.pictures.size(), units.size());
  ASSERT_EQ(with_skips.pictures.size(), 600u);
  EXPECT_GT(units.size(), 60u);
  for (std::size_t i = 0; i < 600; ++i) {
    ASSERT_EQ(with_skips.pictures[i].planes, without.pictures[expected[i]].planes) << "slot " << i;
    ASSERT_EQ(with_skips.pictures[i].pts, static_cast<std::int64_t>(i) * 3000);
  }
}

TEST(Package, a_second_life_takes_over_a_bridged_segment_without_a_decoder_noticing) {
  const SkipKit skip_kit = kit();
  Life first(skip_kit);
  ASSERT_TRUE(first.maker.open(0, -30));
  for (int i = 0; i < 20; ++i) first.encode(i);  // dies: 18 pictures are published
  Life bridge(skip_kit);                         // what the supervisor does: one part of repeats
  ASSERT_EQ(first.parts.size(), 3u);
  auto writer = CmafWriter::open(track(*first.encoder));
  for (unsigned i = 18; i < 24; ++i)
    ASSERT_TRUE((*writer)->add({skip_kit.skip[i % 16], false}, grid().pts(i), grid().ticks_per_picture()));
  const std::vector<Part> repeats = {Part{{}, *(*writer)->take_part()}};
  EXPECT_EQ(tests::decode_time(repeats[0].bytes), grid().pts(18));

  Life second(skip_kit, "ultrafast");
  ASSERT_TRUE(second.maker.open(24, 27));
  second.encode(27);
  for (int i = 0; i < 3; ++i) second.skip();
  for (int i = 28; i < 90; ++i) second.encode(i);
  const auto decoded =
      tests::decode_mp4(joined(*first.maker.init(), {&first.parts, &repeats, &second.parts}));
  expect_no_complaints(decoded);
  ASSERT_GE(decoded.pictures.size(), 84u);
  for (std::size_t i = 0; i < decoded.pictures.size(); ++i)
    EXPECT_EQ(decoded.pictures[i].pts, grid().pts(static_cast<common::Slot>(i)));
  EXPECT_EQ(decoded.pictures[23].planes, decoded.pictures[17].planes);
  EXPECT_EQ(decoded.pictures[27].planes, decoded.pictures[24].planes);
}

TEST(Package, the_slate_and_its_repeats_follow_any_picture) {
  const SkipKit skip_kit = kit();
  Life life(skip_kit);
  ASSERT_TRUE(life.maker.open(0, -30));
  for (int i = 0; i < 6; ++i) life.encode(i);
  auto writer = CmafWriter::open(track(*life.encoder));
  for (unsigned i = 6; i < 12; ++i)
    ASSERT_TRUE((*writer)->add({skip_kit.skip[i % 16], false}, grid().pts(i), grid().ticks_per_picture()));
  Life other(skip_kit);
  const auto slate = other.encoder->encode(*moving_pattern(width, height, 50), 0, true);
  ASSERT_TRUE(slate);
  ASSERT_TRUE((*writer)->add(*slate, grid().pts(12), grid().ticks_per_picture()));
  for (unsigned i = 1; i < 6; ++i)
    ASSERT_TRUE(
        (*writer)->add({skip_kit.skip[i % 16], false}, grid().pts(12 + i), grid().ticks_per_picture()));
  const std::vector<Part> outage = {Part{{}, *(*writer)->take_part()}};
  const auto decoded = tests::decode_mp4(joined(*life.maker.init(), {&life.parts, &outage}));
  expect_no_complaints(decoded);
  ASSERT_EQ(decoded.pictures.size(), 18u);
  EXPECT_EQ(decoded.pictures[17].planes, decoded.pictures[12].planes);
  EXPECT_NE(decoded.pictures[12].planes, decoded.pictures[11].planes);
}

TEST(Package, a_resume_opens_anew_and_drops_the_unfinished_part) {
  const SkipKit skip_kit = kit();
  Life life(skip_kit);
  ASSERT_TRUE(life.maker.open(0, -30));
  for (int i = 0; i < 9; ++i) life.encode(i);
  ASSERT_TRUE(life.maker.open(30, 31));
  EXPECT_TRUE(life.maker.key_due());
  EXPECT_FALSE(life.maker.add_skip()) << "the first picture of an opening is a key frame";
  for (int i = 0; i < 8; ++i) life.encode(i);
  ASSERT_EQ(life.parts.size(), 3u);
  EXPECT_EQ(tests::decode_time(life.parts[1].bytes), grid().pts(30));
  EXPECT_EQ(life.parts[1].header.pictures, 2u);
}

TEST(Encoders, auto_falls_back_to_software_and_says_why) {
  const auto chosen = choose_encoder({"auto"}, settings(), *moving_pattern(width, height, 0), 0);
  ASSERT_TRUE(chosen) << chosen.error().reason;
  if (chosen->report.encoder == "libx264") {
    EXPECT_NE(chosen->report.fallback_reason.find("h264_vaapi: "), std::string::npos);
  }
  const auto named = choose_encoder({"libx264"}, settings(), *moving_pattern(width, height, 0), 0);
  EXPECT_EQ(named->report.fallback_reason, "");
  const auto unknown = choose_encoder({"h264_magic"}, settings(), *moving_pattern(width, height, 0), 0);
  EXPECT_EQ(unknown->report.encoder, "libx264");
  EXPECT_NE(unknown->report.fallback_reason.find("h264_magic: unknown encoder"), std::string::npos);
}

TEST(Encoders, a_picture_of_another_size_is_refused) {
  auto encoder = *open_encoder("libx264", settings());
  EXPECT_FALSE(encoder->encode(*moving_pattern(64, 64, 0), 0, true));
}

TEST(Encoders, what_one_has_sent_counts_for_the_next_and_nothing_is_left_out_that_nothing_can_stand_for) {
  EncoderSettings small = settings("ultrafast");
  small.bitrate_kbps = 40;
  const auto page = [](int slot) { return tests::text_picture(width, height, slot * 6); };
  auto encoder = *open_encoder("libx264", small);
  ASSERT_TRUE(encoder->encode(*page(0), 0, true));
  int slot = 1;
  while (slot < 60 && !encoder->encode(*page(slot), slot, false)->left_out) ++slot;
  ASSERT_LT(slot, 60);
  auto next = *open_encoder("libx264", small);
  next->go_on_from(*encoder);
  ASSERT_TRUE(next->encode(*page(slot), slot, true));
  EXPECT_TRUE(next->encode(*page(slot + 1), slot + 1, false)->left_out);
  next->leave_nothing_out();
  EXPECT_FALSE(next->encode(*page(slot + 2), slot + 2, false)->left_out);
}

TEST(Encoders, the_level_follows_size_and_rates) {
  EXPECT_EQ(h264_level({1280, 720, 30, 5000}), 31);
  EXPECT_EQ(h264_level({1920, 1080, 30, 25'000}), 40);
  EXPECT_EQ(h264_level({1920, 1080, 30, 25'001}), 42);
  EXPECT_EQ(h264_level({1920, 1080, 60, 5000}), 42);
  EXPECT_EQ(h264_level({3840, 2160, 30, 5000}), 51);
  EXPECT_EQ(h264_level({7680, 4320, 60, 200'000}), 62);
}
