// A picture as a small JPEG, for the API and for incidents. Pure; takes a few milliseconds at 4K.
#pragma once

#include "common/result.h"
#include "worker/encode/encoder.h"

namespace worker {

inline constexpr int snapshot_width_max = 320;

// At most snapshot_width_max pixels wide, aspect kept. Error: libavcodec has no mjpeg, or refused.
common::Result<Bytes> make_jpeg(const Picture& picture);

}  // namespace worker
