// The pictures that need no encoder: sixteen P access units that repeat the last picture exactly (all
// macroblocks skipped), one for each frame_num. Made once at start by a second encoder of equal settings, so
// that the rate control of the running one never sees them. The worker uses them on a quiet desktop, the
// supervisor to bridge a late part (timeline.md).
#pragma once

#include <array>

#include "worker/encode/encoder.h"
#include "worker/encode/encoder_settings.h"
#include "worker/encode/h264_bits.h"

namespace worker {

struct SkipKit {
  static constexpr std::size_t skips = 16;
  // Longer ones hold more than skipped macroblocks, of which CABAC codes 216 in a byte.
  static std::size_t skip_bytes_max(int width, int height) {
    return 64 + static_cast<std::size_t>(width / 16 + 1) * static_cast<std::size_t>(height / 16 + 1) / 100;
  }

  SequenceFacts sequence;
  Bytes avc_config;               // the kit fits only streams of this configuration
  std::array<Bytes, skips> skip;  // index: pictures since the IDR picture, modulo 16
};

// The kit for libx264 of these settings. The error names what does not fit.
common::Result<SkipKit> make_skip_kit(const EncoderSettings& settings);

}  // namespace worker
