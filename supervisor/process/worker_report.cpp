#include "supervisor/process/worker_report.h"

namespace supervisor {
namespace {

double seconds(common::MonoTime::duration d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace

WorkerReport::WorkerReport(std::vector<common::InputSettings> inputs) {
  replace_inputs(std::move(inputs));
}

void WorkerReport::replace_inputs(std::vector<common::InputSettings> inputs) {
  end_life();
  settings_ = std::move(inputs);
  inputs_.clear();
  for (std::size_t i = 0; i < settings_.size(); ++i) {
    InputSnapshot input;
    input.priority = static_cast<int>(i);
    input.type = settings_[i].type;
    inputs_.push_back(std::move(input));
  }
}

void WorkerReport::begin_life(common::MonoTime now) {
  end_life();
  began_at_ = now;
  alive_ = true;
  monitors_.clear();
}

void WorkerReport::end_life() {
  captured_before_ += last_.frames_captured;
  encoded_before_ += last_.frames_encoded;
  dropped_before_ += last_.frames_dropped;
  last_ = {};
  heard_at_.reset();
  alive_ = false;
  for (InputSnapshot& input : inputs_) input.status = "idle";
}

void WorkerReport::heartbeat(const common::Heartbeat& heartbeat, common::MonoTime now) {
  last_ = heartbeat;
  heard_at_ = now;
}

void WorkerReport::input(const common::InputReport& report, const std::string& at) {
  if (report.priority >= static_cast<int>(inputs_.size())) return;
  InputSnapshot& input = inputs_[static_cast<std::size_t>(report.priority)];
  input.status = report.status;
  if (report.error.empty()) return;
  if (!input.errors.empty() && input.errors.front().message == report.error) {
    input.errors.front().at = at;  // the same trouble again: one entry, its last time
    return;
  }
  input.errors.insert(input.errors.begin(), {at, report.error});
  if (input.errors.size() > input_errors_max) input.errors.pop_back();
}

void WorkerReport::error_line(std::string text) {
  recent_errors_.push_back(std::move(text));
  if (recent_errors_.size() > recent_errors_max) recent_errors_.pop_front();
}

bool WorkerReport::shows_slate() const {
  if (!alive_ || last_.input < 0 || last_.input >= static_cast<int>(settings_.size())) return false;
  return last_.input > 0 && settings_[static_cast<std::size_t>(last_.input)].type == "slate";
}

std::string WorkerReport::quality_reason() const {
  if (!alive_) return {};
  if (last_.input <= 0) {
    return encoder_.degraded ? "encoder " + encoder_.encoder + ": " + encoder_.fallback_reason
                             : std::string();
  }
  const InputSnapshot& best = inputs_.front();
  const std::string cause = best.errors.empty() ? std::string("no picture yet") : best.errors.front().message;
  if (shows_slate()) return "the slate is on air: " + cause;
  return "input " + std::to_string(last_.input) + " is on air: " + cause;
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
    snapshot.bitrate_kbps = last_.bitrate_kbps;
    snapshot.active_input = last_.input;
  }
  snapshot.encoder = encoder_.encoder;
  snapshot.encoder_fallback_reason = encoder_.fallback_reason;
  snapshot.frames_captured = captured_before_ + last_.frames_captured;
  snapshot.frames_encoded = encoded_before_ + last_.frames_encoded;
  snapshot.frames_dropped = dropped_before_ + last_.frames_dropped;
  snapshot.inputs = inputs_;
  snapshot.monitors = monitors_;
  snapshot.recent_errors.assign(recent_errors_.begin(), recent_errors_.end());
}

}  // namespace supervisor
