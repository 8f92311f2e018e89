#include "supervisor/config/config.h"

#include <algorithm>
#include <cmath>

namespace supervisor {

std::vector<common::InputSettings> worker_inputs(const Stream& stream) {
  std::vector<common::InputSettings> inputs = stream.inputs;
  if (!inputs.empty() && inputs.back().type == "slate") return inputs;
  common::InputSettings slate = input_of_type("slate");
  slate.text = stream.slate.text;
  slate.image = stream.slate.image;
  slate.background = stream.slate.background;
  inputs.push_back(std::move(slate));
  return inputs;
}

common::WorkerSettings worker_settings(const Stream& stream, std::int64_t origin_ns) {
  common::WorkerSettings settings;
  settings.stream = stream.name;
  settings.inputs = worker_inputs(stream);
  settings.stuck_max = stream.selector.stuck_max;
  settings.sandbox = stream.sandbox;
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
