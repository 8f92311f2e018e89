#include "supervisor/process/worker_report.h"

namespace supervisor {
namespace {

double seconds(common::MonoTime::duration d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace

void WorkerReport::begin_life(common::MonoTime now) {
  end_life();
  began_at_ = now;
  alive_ = true;
}

void WorkerReport::end_life() {
  captured_before_ += last_.frames_captured;
  encoded_before_ += last_.frames_encoded;
  dropped_before_ += last_.frames_dropped;
  last_ = {};
  heard_at_.reset();
  alive_ = false;
}

void WorkerReport::heartbeat(const common::Heartbeat& heartbeat, common::MonoTime now) {
  last_ = heartbeat;
  heard_at_ = now;
}

void WorkerReport::error_line(std::string text) {
  recent_errors_.push_back(std::move(text));
  if (recent_errors_.size() > recent_errors_max) recent_errors_.pop_front();
}

std::string WorkerReport::quality_reason() const {
  if (!alive_ || !encoder_.degraded) return {};
  return "encoder " + encoder_.encoder + ": " + encoder_.fallback_reason;
}

void WorkerReport::fill(StreamSnapshot& snapshot, common::MonoTime now) const {
  if (alive_ && began_at_) snapshot.uptime_seconds = seconds(now - *began_at_);
  if (alive_ && heard_at_) {
    const auto silence = now - *heard_at_;
    snapshot.last_activity_ago = seconds(silence);
    if (last_.last_frame_age_ms >= 0) {
      snapshot.last_frame_age_ms = last_.last_frame_age_ms + silence / std::chrono::milliseconds(1);
    }
    snapshot.fps = last_.fps;
    snapshot.display_asleep = last_.display_asleep;
    snapshot.display_locked = last_.display_locked;
    snapshot.capture_mode = last_.capture_mode;
    snapshot.bitrate_kbps = last_.bitrate_kbps;
  }
  snapshot.encoder = encoder_.encoder;
  snapshot.encoder_fallback_reason = encoder_.fallback_reason;
  snapshot.frames_captured = captured_before_ + last_.frames_captured;
  snapshot.frames_encoded = encoded_before_ + last_.frames_encoded;
  snapshot.frames_dropped = dropped_before_ + last_.frames_dropped;
  snapshot.recent_errors.assign(recent_errors_.begin(), recent_errors_.end());
}

}  // namespace supervisor
