#include "supervisor/daemon/plans.h"

#include <cmath>

namespace supervisor {

SupervisionSettings supervision_settings(const Stream& stream) {
  SupervisionSettings s;
  const Timers& timers = stream.timers;
  s.exec_timeout = timers.exec;
  s.hello_timeout = timers.hello;
  s.first_media_timeout = timers.first_media;
  s.heartbeat_timeout = timers.heartbeat;
  s.progress_timeout = progress_timeout(stream);
  s.stop_timeout = timers.term;
  s.kill_timeout = timers.kill;
  s.hold_min = timers.hold;
  s.hold_max = timers.hold_max;
  const Restart& restart = stream.restart;
  s.restart_delay = restart.restart_delay;
  s.backoff_multiplier_permille = static_cast<int>(std::lround(restart.backoff_multiplier * 1000));
  s.backoff_max = restart.backoff_max;
  s.stable_after = restart.stable_after;
  s.max_restarts = restart.max_restarts;
  s.restart_window = restart.restart_window;
  return s;
}

StreamPlan stream_plan(const Stream& stream, const ProcessIdentity& identity, std::uint64_t seed) {
  StreamPlan plan;
  plan.name = stream.name;
  plan.worker_program = identity.worker_program;
  // The timeline is CLOCK_MONOTONIC itself: it goes on over a restart of the supervisor without any state.
  plan.settings = worker_settings(stream, 0);
  plan.supervision = supervision_settings(stream);
  plan.publishing.grid = plan.settings.grid;
  plan.publishing.window_segments = stream.hls.window_segments;
  plan.publishing.low_latency = stream.hls.low_latency;
  plan.publishing.session = identity.session;
  plan.publishing.wall_origin_ms = identity.wall_origin_ms;
  plan.seed = seed;
  return plan;
}

HttpSettings http_settings(const Server& server) {
  HttpSettings s;
  s.connections = static_cast<std::size_t>(server.limits.connections_max);
  s.header_bytes = static_cast<std::size_t>(server.limits.header_bytes_max);
  s.body_bytes = static_cast<std::size_t>(server.limits.body_bytes_max);
  s.header = server.limits.header_timeout;
  s.idle = server.limits.idle_timeout;
  return s;
}

std::optional<DiskMirrorSettings> mirror_settings(const Stream& stream) {
  if (stream.hls.output_dir.empty()) return std::nullopt;
  DiskMirrorSettings s;
  s.output_dir = stream.hls.output_dir;
  s.output_mode = stream.hls.output_mode;
  return s;
}

}  // namespace supervisor
