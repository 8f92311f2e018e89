#include <algorithm>
#include <array>

#include "supervisor/report/json_parts.h"
#include "supervisor/report/status_json.h"

namespace supervisor {
namespace {

// Asked for by the operator: nobody is to be woken for it.
bool is_at_rest(const StreamSnapshot& stream) {
  return stream.paused || stream.state == "paused" || stream.state == "idle";
}

bool is_ok(const Snapshot& snapshot) {
  return std::none_of(snapshot.streams.begin(), snapshot.streams.end(), is_failing);
}

bool is_active(const Snapshot& snapshot) {
  return is_ok(snapshot) && std::any_of(snapshot.streams.begin(), snapshot.streams.end(), is_delivering);
}

std::uint64_t restarts(const Snapshot& snapshot) {
  std::uint64_t sum = 0;
  for (const auto& stream : snapshot.streams) sum += stream.restart_count;
  return sum;
}

// More digits than rounded(): 0.99999 and 1 are five minutes a year apart.
Json ratio(const std::optional<double>& value) {
  return value ? Json(std::round(*value * 1e6) / 1e6) : Json(nullptr);
}

Json seconds(const std::optional<double>& value) {
  return value ? Json(std::round(*value * 1e3) / 1e3) : Json(nullptr);
}

// Null says that nothing was measured; a number would be an invention.
void add_reliability(Json& json, const StreamReliability& stream) {
  json["availability"] = {{"1h", ratio(stream.hour.picture())},
                          {"24h", ratio(stream.day.picture())},
                          {"30d", ratio(stream.month.picture())}};
  json["stream_availability"] = {{"1h", ratio(stream.hour.stream())},
                                 {"24h", ratio(stream.day.stream())},
                                 {"30d", ratio(stream.month.stream())}};
  json["mttr_seconds"] = seconds(stream.month.mttr_seconds());
  json["mtbf_seconds"] = seconds(stream.month.mtbf_seconds());
  Json incidents = Json::array();
  for (const IncidentRecord& incident : stream.last) incidents.push_back(incident_summary(incident));
  json["incidents"] = std::move(incidents);
}

// Null: nothing was probed.
Json self_probe_summary(const Snapshot& snapshot) {
  bool ok = true;
  Json streams = Json::object();
  for (const StreamSnapshot& stream : snapshot.streams) {
    if (!stream.self_probe_ok) continue;
    ok = ok && *stream.self_probe_ok;
    streams[stream.name] = self_probe_object(stream);
  }
  return streams.empty() ? Json(nullptr) : Json{{"ok", ok}, {"streams", std::move(streams)}};
}

StreamReliability all_streams(const Reliability& reliability) {
  StreamReliability all;
  for (const auto& [name, stream] : reliability) {
    all.hour += stream.hour;
    all.day += stream.day;
    all.month += stream.month;
    all.last.insert(all.last.end(), stream.last.begin(), stream.last.end());
  }
  std::stable_sort(all.last.begin(), all.last.end(),
                   [](const IncidentRecord& a, const IncidentRecord& b) { return a.id > b.id; });
  if (all.last.size() > StreamReliability::last_max) all.last.resize(StreamReliability::last_max);
  return all;
}

}  // namespace

std::string_view on_air_name(StreamSnapshot::OnAir on_air) {
  constexpr std::array<std::string_view, 4> names = {"nothing", "picture", "slate", "bridge"};
  return names.at(static_cast<std::size_t>(on_air));
}

bool is_delivering(const StreamSnapshot& stream) {
  return stream.desired_up && !is_at_rest(stream) && stream.on_air == StreamSnapshot::OnAir::Picture;
}

bool is_failing(const StreamSnapshot& stream) {
  // The slate is what the operator wanted; no playlist at all is not.
  if (stream.paused) return stream.desired_up && stream.on_air == StreamSnapshot::OnAir::Nothing;
  return stream.desired_up && !is_at_rest(stream) && stream.on_air != StreamSnapshot::OnAir::Picture;
}

bool is_unplayable(const StreamSnapshot& stream) {
  return stream.desired_up && !stream.self_probe_ok.value_or(true) &&
         stream.self_probe.failing_seconds >= self_probe_grace_seconds;
}

bool is_ready(const Snapshot& snapshot) {
  return is_ok(snapshot) && std::none_of(snapshot.streams.begin(), snapshot.streams.end(), is_unplayable);
}

std::string_view seed_state(const StreamSnapshot& stream) {
  using OnAir = StreamSnapshot::OnAir;
  const std::string& state = stream.state;
  if (is_at_rest(stream)) return "PAUSED";
  if (state == "stopped") return "STOPPED";
  if (state == "backoff" || state == "blocked" || state == "hold") return "ERROR";
  if (state == "stopping") return stream.desired_up ? "RECOVERING" : "STOPPED";
  // A start that viewers see as a pause of a running stream is a recovery.
  if (state == "starting") return stream.on_air == OnAir::Nothing ? "STARTING" : "RECOVERING";
  return stream.on_air == OnAir::Picture ? "PLAYING" : "RECOVERING";
}

std::string_view seed_state(const Snapshot& snapshot) {
  constexpr std::array<std::string_view, 5> best_first = {"PLAYING", "PAUSED", "STARTING", "RECOVERING",
                                                          "ERROR"};
  std::optional<std::size_t> worst;
  for (const auto& stream : snapshot.streams) {
    if (!stream.desired_up) continue;
    const auto found = std::find(best_first.begin(), best_first.end(), seed_state(stream));
    // A wanted stream that is still down is about to start.
    const std::size_t rank =
        found == best_first.end() ? 2 : static_cast<std::size_t>(found - best_first.begin());
    worst = std::max(worst.value_or(0), rank);
  }
  return worst ? best_first.at(*worst) : "STOPPED";
}

Json self_probe_object(const StreamSnapshot& stream) {
  const SelfProbeSnapshot& probe = stream.self_probe;
  return {{"ok", stream.self_probe_ok.value_or(true)},
          {"checked_at", probe.checked_at},
          {"took_ms", probe.took_ms},
          {"playlist_age_ms", or_null(probe.playlist_age_ms)},
          {"newest_part_age_ms", or_null(probe.newest_part_age_ms)},
          {"media_sequence", or_null(probe.media_sequence)},
          {"key_frame", probe.key_frame},
          {"failing_seconds", rounded(probe.failing_seconds)},
          {"error", stream.self_probe_error}};
}

Json health_object(const Snapshot& snapshot, WallTime now) {
  Json streams = Json::object();
  for (const auto& stream : snapshot.streams) {
    streams[stream.name] = {{"state", stream.state},
                            {"reason", stream.reason},
                            {"since", time_before(now, stream.state_seconds)},
                            {"on_air", on_air_name(stream.on_air)},
                            {"paused", stream.paused}};
  }
  return {{"monitoring_active", true},
          {"total_errors", snapshot.total_errors},
          {"recent_errors", snapshot.recent_errors},
          {"current_state", seed_state(snapshot)},
          {"stream_active", is_active(snapshot)},
          {"restart_count", restarts(snapshot)},
          {"last_error", snapshot.last_error},
          {"uptime_minutes", rounded(snapshot.uptime_seconds / 60)},
          {"mediamtx_running", true},
          {"streams", std::move(streams)}};
}

HealthReply health_json(const Snapshot& snapshot, WallTime now) {
  return {is_ok(snapshot), dump(health_object(snapshot, now))};
}

HealthReply health_detailed_json(const Snapshot& snapshot, WallTime now, const Reliability& reliability) {
  Json json = health_object(snapshot, now);
  add_reliability(json, all_streams(reliability));
  json["self_probe"] = self_probe_summary(snapshot);
  json["system"] = system_object(snapshot.system);
  for (const auto& stream : snapshot.streams) {
    Json& detail = json["streams"][stream.name];
    detail["desired"] = stream.desired_up ? "up" : "down";
    detail["generation"] = stream.generation;
    detail["restart_count"] = stream.restart_count;
    detail["last_exit"] = stream.last_exit;
    detail["last_recovery_ms"] = or_null(stream.last_recovery_ms);
    detail["last_part_age_ms"] = or_null(stream.last_part_age_ms);
    detail["recent_errors"] = stream.recent_errors;
    const auto found = reliability.find(stream.name);
    add_reliability(detail, found == reliability.end() ? StreamReliability{} : found->second);
  }
  return {is_ok(snapshot), dump(json)};
}

}  // namespace supervisor
