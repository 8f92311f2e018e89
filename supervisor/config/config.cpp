#include "supervisor/config/config.h"

#include <algorithm>
#include <cmath>

namespace supervisor {

common::WorkerSettings worker_settings(const Stream& stream, std::int64_t origin_ns) {
  common::WorkerSettings settings;
  settings.stream = stream.name;
  settings.inputs = stream.inputs;
  if (settings.inputs.empty() || settings.inputs.back().type != "slate") {
    settings.inputs.push_back(input_of_type("slate"));
  }
  settings.video = stream.video;
  settings.grid =
      common::make_time_grid(stream.video.fps, stream.hls.part_duration, stream.hls.segment_duration,
                             stream.video.keyframe_interval, origin_ns);
  const auto lost = stream.restart.strategies.find("display_lost");
  if (lost != stream.restart.strategies.end() && lost->second.delay > Milliseconds(0)) {
    settings.display_retry_ms = static_cast<int>(lost->second.delay.count());
  }
  return settings;
}

Milliseconds progress_timeout(const Stream& stream) {
  if (stream.timers.progress > Milliseconds(0)) return stream.timers.progress;
  const Milliseconds three_segments(std::llround(stream.hls.segment_duration * 3000));
  return std::max(three_segments, Milliseconds(6'000));
}

}  // namespace supervisor
