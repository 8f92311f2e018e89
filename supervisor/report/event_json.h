// The data of the events of GET /api/events and /api/logs/stream: one JSON object in one line (no newline
// inside, so that it is one "data:" field). Pure.
//   event: status    status_json(): on every change, and once a second
//   event: state     state_event_json(): a stream changed its state
//   event: metrics   metrics_event_json(): the snapshot condensed, for many small readers
//   event: switch    switch_event_json(): another input is on air
//   event: self_probe  self_probe_event_json(): a stream became well or unwell
//   event: log       log_event_json()
//   event: incident  incident_event_json()
#pragma once

#include <string>

#include "supervisor/report/incident.h"
#include "supervisor/report/log_buffer.h"
#include "supervisor/report/wall_time.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

// {at,stream,state,current_state,on_air,reason,desired,generation,worker_pid,next_retry_ms}
std::string state_event_json(const StreamSnapshot& stream, WallTime now);

// {at,system:{...},streams:[{name,state,on_air,fps,bitrate_kbps,frames_dropped,last_part_age_ms,media_sequence,viewers,
// worker:{rss_mb,cpu_percent}}]}
std::string metrics_event_json(const Snapshot& snapshot, WallTime now);

// {stream,at,from,to,reason,detail}: as in switches of status_json.
std::string switch_event_json(const std::string& stream, const SwitchSnapshot& one);

// {stream,ok,checked_at,...}: as in self_probe.streams of health_detailed_json; on change only.
std::string self_probe_event_json(const StreamSnapshot& stream);

// {id,at,level,stream,generation,text}
std::string log_event_json(const LogEntry& entry);

// {change (opened, closed),id,stream,class,generation,reason,detected_at,closed_at,recovered,recovery_ms,
// action,has_picture}
std::string incident_event_json(const IncidentRecord& incident);

}  // namespace supervisor
