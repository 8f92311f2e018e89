// The answers of /api/status, /api/health and /api/health/detailed, with the field names of docs/http_api.md
// (the first seed's among them). Pure: a snapshot and the wall time in, text out; what is unknown is null,
// never a guess. The rule behind "ok": a stream that is wanted up must show the wanted picture; a slate or
// repeated pictures are an outage although the playlist goes on. Paused and idle (on demand) are what the
// operator asked for: no picture, and no alarm.
#pragma once

#include <string>
#include <string_view>

#include "supervisor/report/reliability.h"
#include "supervisor/report/wall_time.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

// PLAYING PAUSED ERROR STOPPED STARTING RECOVERING.
std::string_view seed_state(const StreamSnapshot& stream);

// The word of the seed for the whole service: the worst of the streams that are wanted, STOPPED when none is.
std::string_view seed_state(const Snapshot& snapshot);

// What viewers see, as in the API: nothing picture slate bridge.
std::string_view on_air_name(StreamSnapshot::OnAir on_air);

// The stream is wanted up, and viewers see its picture.
bool is_delivering(const StreamSnapshot& stream);

// The stream is wanted up and its viewers see something else.
bool is_failing(const StreamSnapshot& stream);

// The self-probe has failed for so long that the stream is degraded, whatever else is said of it.
inline constexpr double self_probe_grace_seconds = 10;
bool is_unplayable(const StreamSnapshot& stream);

// Every stream that is wanted can be watched: shows its picture (or the slate of a pause), and is not
// unplayable.
bool is_ready(const Snapshot& snapshot);

struct HealthReply {
  bool ok = false;  // 200, else 503
  std::string json;
};

HealthReply health_json(const Snapshot& snapshot, WallTime now);
// Availability is a part of 1 over the running minute (30 d: hour) and those before it; see availability.h.
HealthReply health_detailed_json(const Snapshot& snapshot, WallTime now, const Reliability& reliability = {});
std::string status_json(const Snapshot& snapshot, WallTime now);

}  // namespace supervisor
