#include "worker/package/skip_kit.h"

#include <cstring>

#include "worker/encode/open_encoder.h"

namespace worker {
namespace {

std::shared_ptr<Picture> grey_picture(int width, int height) {
  auto picture = Picture::make(width, height);
  for (int plane = 0; plane < 3; ++plane) {
    const int rows = plane == 0 ? height : height / 2;
    std::memset(picture->plane(plane), 128, static_cast<std::size_t>(picture->stride(plane)) * rows);
  }
  return picture;
}

// Where a skipped P picture is expected: one small slice that covers the picture and is a reference.
common::Result<void> check_skip(const Bytes& skip, const SequenceFacts& sequence, std::size_t bytes_max) {
  const auto nals = split_prefixed(skip);
  if (nals.size() != 1) return common::error("skip picture: more than one slice");
  const auto slice = parse_slice(nals[0], sequence);
  if (!slice) return slice.error();
  if (slice->idr || slice->type % 5 != 0 || slice->first_macroblock != 0 || !slice->reference)
    return common::error("skip picture: not a whole P reference picture");
  if (skip.size() > bytes_max) return common::error("skip picture: holds more than skipped macroblocks");
  return {};
}

common::Result<void> check_sequence(const SequenceFacts& sequence) {
  // With other types the header holds an order count, which would have to be renumbered too.
  if (sequence.order_count_type != 2) return common::error("skip pictures need picture order count type 2");
  if (sequence.frame_num_bits != 4) return common::error("skip pictures need a frame_num of 4 bits");
  if (sequence.reference_frames != 1) return common::error("skip pictures need one reference frame");
  return {};
}

}  // namespace

common::Result<SkipKit> make_skip_kit(const EncoderSettings& settings) {
  // A flat picture is skipped by all presets: the cheapest with the same parameter sets will do.
  EncoderSettings cheap = settings;
  if (const auto cheaper = cheaper_presets(settings.preset); !cheaper.empty()) cheap.preset = cheaper.back();
  auto encoder = open_encoder("libx264", cheap);
  if (!encoder) return encoder.error();
  SkipKit kit;
  kit.avc_config.assign((*encoder)->config().begin(), (*encoder)->config().end());
  const auto sequence = parse_avc_config(kit.avc_config);
  if (!sequence) return sequence.error();
  kit.sequence = *sequence;
  if (const auto checked = check_sequence(kit.sequence); !checked) return checked.error();

  const auto grey = grey_picture(settings.width, settings.height);
  const auto key = (*encoder)->encode(*grey, 0, true);
  if (!key) return key.error();
  const auto skip = (*encoder)->encode(*grey, 1, false);
  if (!skip) return skip.error();
  if (const auto checked =
          check_skip(skip->bytes, kit.sequence, SkipKit::skip_bytes_max(settings.width, settings.height));
      !checked)
    return checked.error();
  for (std::size_t i = 0; i < SkipKit::skips; ++i) {
    auto numbered = renumber(skip->bytes, static_cast<unsigned>(i), kit.sequence);
    if (!numbered) return numbered.error();
    kit.skip[i] = std::move(*numbered);
  }
  return kit;
}

}  // namespace worker
