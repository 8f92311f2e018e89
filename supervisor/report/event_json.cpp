#include "supervisor/report/event_json.h"

#include "supervisor/report/json_parts.h"
#include "supervisor/report/status_json.h"

namespace supervisor {

std::string state_event_json(const StreamSnapshot& stream, WallTime now) {
  return dump({{"at", format_rfc3339(now)},
               {"stream", stream.name},
               {"state", stream.state},
               {"current_state", seed_state(stream)},
               {"on_air", on_air_name(stream.on_air)},
               {"reason", stream.reason},
               {"desired", stream.desired_up ? "up" : "down"},
               {"generation", stream.generation},
               {"worker_pid", stream.worker_pid},
               {"next_retry_ms", or_null(stream.next_retry_ms)}});
}

std::string metrics_event_json(const Snapshot& snapshot, WallTime now) {
  Json streams = Json::array();
  for (const auto& stream : snapshot.streams) {
    streams.push_back(
        {{"name", stream.name},
         {"state", stream.state},
         {"on_air", on_air_name(stream.on_air)},
         {"fps", rounded(stream.fps)},
         {"bitrate_kbps", rounded(stream.bitrate_kbps)},
         {"frames_dropped", stream.frames_dropped},
         {"last_part_age_ms", or_null(stream.last_part_age_ms)},
         {"media_sequence", stream.media_sequence},
         {"viewers", stream.viewers},
         {"worker",
          {{"rss_mb", rounded(stream.worker_rss_mb)}, {"cpu_percent", rounded(stream.worker_cpu_percent)}}}});
  }
  return dump({{"at", format_rfc3339(now)},
               {"system", system_object(snapshot.system)},
               {"streams", std::move(streams)}});
}

std::string switch_event_json(const std::string& stream, const SwitchSnapshot& one) {
  Json json = {{"stream", stream}};
  json.update(switch_object(one));
  return dump(json);
}

std::string self_probe_event_json(const StreamSnapshot& stream) {
  Json json = {{"stream", stream.name}};
  json.update(self_probe_object(stream));
  return dump(json);
}

std::string incident_event_json(const IncidentRecord& incident) {
  Json json = {{"change", incident.closed_at.empty() ? "opened" : "closed"}};
  json.update(incident_summary(incident));
  return dump(json);
}

std::string log_event_json(const LogEntry& entry) {
  return dump({{"id", entry.id},
               {"at", format_rfc3339(entry.at)},
               {"level", log_level_name(entry.level)},
               {"stream", entry.stream},
               {"generation", entry.generation},
               {"text", entry.text}});
}

}  // namespace supervisor
