// From the operator's words to what each room wants to know. Pure; the times of the process are arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "supervisor/config/config.h"
#include "supervisor/daemon/incident_desk.h"
#include "supervisor/http/server.h"
#include "supervisor/media/disk_mirror.h"
#include "supervisor/process/stream_runner.h"

namespace supervisor {

// Of this process, fixed at its start.
struct ProcessIdentity {
  std::string session;              // letters and digits, part of every media name
  std::int64_t wall_origin_ms = 0;  // Unix time at the origin of CLOCK_MONOTONIC
  std::string worker_program;
};

SupervisionSettings supervision_settings(const Stream& stream);
StreamPlan stream_plan(const Stream& stream, const ProcessIdentity& identity, std::uint64_t seed);
HttpSettings http_settings(const Server& server);
IncidentDeskPlan incident_plan(const Server& server);
// Nothing: output_dir is not set.
std::optional<DiskMirrorSettings> mirror_settings(const Stream& stream);

}  // namespace supervisor
