#include "supervisor/report/status_json.h"

#include <algorithm>
#include <cmath>

#include "common/monitor_json.h"
#include "supervisor/report/json_parts.h"

namespace supervisor {
namespace {

constexpr double bytes_per_mb = 1024.0 * 1024.0;

Json rounded_or_null(const std::optional<double>& value) {
  return value ? Json(rounded(*value)) : Json(nullptr);
}

Json input_object(const InputSnapshot& input, WallTime now) {
  Json errors = Json::array();
  for (const auto& failure : input.errors)
    errors.push_back({{"at", failure.at}, {"message", failure.message}});
  Json last_packet_at = nullptr;
  if (input.last_packet_age_ms) {
    last_packet_at = time_before(now, static_cast<double>(*input.last_packet_age_ms) / 1000);
  }
  return {{"input_priority", input.priority},
          {"type", input.type},
          {"name", input.name},
          {"status", input.status},
          {"last_packet_at", std::move(last_packet_at)},
          {"fps", rounded_or_null(input.fps)},
          {"bitrate_kbps", rounded_or_null(input.bitrate_kbps)},
          {"packet_loss", rounded_or_null(input.packet_loss)},
          {"content", input.content},
          {"penalty", std::llround(input.penalty)},
          {"suppressed", input.suppressed},
          {"failures", input.failures},
          {"errors", std::move(errors)}};
}

Json time_or_null(const std::string& at) {
  return at.empty() ? Json(nullptr) : Json(at);
}

void add_state(Json& json, const StreamSnapshot& stream, WallTime now) {
  json["name"] = stream.name;
  json["state"] = stream.state;
  json["current_state"] = seed_state(stream);
  json["reason"] = stream.reason;
  json["since"] = time_before(now, stream.state_seconds);
  json["state_seconds"] = rounded(stream.state_seconds);
  json["desired"] = stream.desired_up ? "up" : "down";
  json["paused"] = stream.paused;
  json["on_air"] = on_air_name(stream.on_air);
  json["stream_active"] = is_delivering(stream);
}

void add_worker(Json& json, const StreamSnapshot& stream) {
  json["generation"] = stream.generation;
  json["worker_pid"] = stream.worker_pid;
  json["standby_pid"] = stream.standby_pid;
  json["standby"] = stream.standby;
  json["uptime_seconds"] = rounded(stream.uptime_seconds);
  json["restart_count"] = stream.restart_count;
  json["exit_codes"] = stream.exit_codes;
  json["recent_errors"] = stream.recent_errors;
  json["last_activity_ago"] =
      stream.last_activity_ago ? Json(rounded(*stream.last_activity_ago)) : Json(nullptr);
  json["last_exit"] = stream.last_exit;
  json["last_recovery_ms"] = or_null(stream.last_recovery_ms);
  json["last_incident"] = stream.last_incident.empty() ? Json(nullptr) : Json(stream.last_incident);
  json["next_retry_ms"] = or_null(stream.next_retry_ms);
  json["worker"] = {{"rss_mb", rounded(stream.worker_rss_mb)},
                    {"cpu_percent", rounded(stream.worker_cpu_percent)},
                    {"fds", stream.worker_fds},
                    {"threads", stream.worker_threads}};
  json["standby_worker"] = {{"rss_mb", rounded(stream.standby_rss_mb)},
                            {"cpu_percent", rounded(stream.standby_cpu_percent)},
                            {"fds", stream.standby_fds},
                            {"threads", stream.standby_threads}};
}

void add_media(Json& json, const StreamSnapshot& stream) {
  json["encoder"] = stream.encoder;
  json["encoder_fallback_reason"] = stream.encoder_fallback_reason;
  json["width"] = stream.width;
  json["height"] = stream.height;
  json["fps"] = rounded(stream.fps);
  json["bitrate_kbps"] = rounded(stream.bitrate_kbps);
  json["frames_captured"] = stream.frames_captured;
  json["frames_encoded"] = stream.frames_encoded;
  json["frames_dropped"] = stream.frames_dropped;
  json["last_frame_age_ms"] = or_null(stream.last_frame_age_ms);
  json["last_part_age_ms"] = or_null(stream.last_part_age_ms);
  json["part_late_max_ms"] = stream.part_late_max_ms;
  json["media_sequence"] = stream.media_sequence;
  json["discontinuity_sequence"] = stream.discontinuity_sequence;
  json["segment_count"] = stream.segment_count;
  json["window_mb"] = rounded(static_cast<double>(stream.window_bytes) / bytes_per_mb);
  json["output_dir_mb"] = rounded(static_cast<double>(stream.mirror_bytes) / bytes_per_mb);
  json["parts"] = stream.parts;
  json["parts_bridged"] = stream.parts_bridged;
  json["parts_refused"] = stream.parts_refused;
  json["viewers"] = stream.viewers;
  json["mirror_error"] = stream.mirror_error;
}

void add_inputs(Json& json, const StreamSnapshot& stream, WallTime now) {
  Json inputs = Json::array();
  for (const auto& input : stream.inputs) inputs.push_back(input_object(input, now));
  Json switches = Json::array();
  for (const auto& one : stream.switches) switches.push_back(switch_object(one));
  Json monitors = Json::array();
  for (const auto& monitor : stream.monitors) monitors.push_back(common::monitor_json(monitor));
  json["inputs"] = std::move(inputs);
  json["active_input"] = stream.active_input < 0 ? Json(nullptr) : Json(stream.active_input);
  json["override_input"] = or_null(stream.override_input);
  json["exhausted"] = stream.exhausted;
  json["switches"] = std::move(switches);
  json["monitors"] = std::move(monitors);
  json["display_asleep"] = stream.display_asleep;
  json["display_locked"] = stream.display_locked;
  json["capture_mode"] = stream.capture_mode.empty() ? Json(nullptr) : Json(stream.capture_mode);
  json["push"] = Json::array();
}

Json stream_object(const StreamSnapshot& stream, WallTime now) {
  Json json;
  add_state(json, stream, now);
  add_worker(json, stream);
  add_media(json, stream);
  add_inputs(json, stream, now);
  return json;
}

// The seed knew one stream; with several, what holds for all of them together.
Json stream_summary(const Snapshot& snapshot, bool stream_active) {
  int segments = 0;
  std::uint64_t bytes = 0, disk_bytes = 0;
  bool playlist_exists = false;
  for (const auto& stream : snapshot.streams) {
    segments += stream.segment_count;
    bytes += stream.window_bytes;
    disk_bytes += stream.mirror_bytes;
    playlist_exists = playlist_exists || stream.segment_count > 0 || stream.window_bytes > 0;
  }
  return {{"playlist_exists", playlist_exists},
          {"segment_count", segments},
          {"total_size_mb", rounded(static_cast<double>(bytes) / bytes_per_mb)},
          {"output_dir_mb", rounded(static_cast<double>(disk_bytes) / bytes_per_mb)},
          {"stream_active", stream_active}};
}

}  // namespace

Json switch_object(const SwitchSnapshot& one) {
  return {{"at", one.at}, {"from", one.from}, {"to", one.to}, {"reason", one.reason}, {"detail", one.detail}};
}

Json system_object(const SystemSnapshot& system) {
  return {{"cpu_percent", rounded(system.cpu_percent)},
          {"memory_percent", rounded(system.memory_percent)},
          {"disk_usage_percent", rounded(system.disk_usage_percent)},
          {"memory_total_bytes", system.memory_total_bytes},
          {"disk_total_bytes", system.disk_total_bytes},
          {"network_in_kbps", rounded_or_null(system.network_in_kbps)},
          {"network_out_kbps", rounded_or_null(system.network_out_kbps)},
          {"load_average_1m", rounded(system.load_average_1m)},
          {"processors", rounded(system.processors)},
          {"memory_available_mb", rounded(static_cast<double>(system.memory_available_bytes) / bytes_per_mb)},
          {"disk_free_mb", rounded(static_cast<double>(system.disk_free_bytes) / bytes_per_mb)},
          {"cpu_high", system.cpu_high},
          {"cpu_high_since", time_or_null(system.cpu_high_since)},
          {"memory_high", system.memory_high},
          {"memory_high_since", time_or_null(system.memory_high_since)},
          {"disk_high", system.disk_high},
          {"disk_high_since", time_or_null(system.disk_high_since)},
          {"supervisor",
           {{"rss_mb", rounded(system.supervisor_rss_mb)},
            {"cpu_percent", rounded(system.supervisor_cpu_percent)},
            {"fds", system.supervisor_fds},
            {"threads", system.supervisor_threads}}}};
}

std::string status_json(const Snapshot& snapshot, WallTime now) {
  Json health = health_object(snapshot, now);
  Json streams = Json::array();
  for (const auto& stream : snapshot.streams) streams.push_back(stream_object(stream, now));
  Json json;
  json["at"] = format_rfc3339(now);
  json["service"] = {{"active", true},
                     {"details", {{"ActiveState", "active"}, {"SubState", "running"}}},
                     {"version", snapshot.version},
                     {"uptime_seconds", rounded(snapshot.uptime_seconds)},
                     {"config_error", snapshot.config_error}};
  json["stream"] = stream_summary(snapshot, health["stream_active"].get<bool>());
  json["health"] = std::move(health);
  json["system"] = system_object(snapshot.system);
  json["streams"] = std::move(streams);
  return dump(json);
}

}  // namespace supervisor
