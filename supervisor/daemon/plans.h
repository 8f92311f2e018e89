// From the operator's words to what each room wants to know. Pure; the times of the process are arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "supervisor/config/config.h"
#include "supervisor/daemon/alert_desk.h"
#include "supervisor/daemon/incident_desk.h"
#include "supervisor/http/auth_desk.h"
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
SelectorSettings selector_settings(const Selector& selector);
// From log.sample_lines and log.sample_window.
SamplingSettings sampling_settings(const Log& log);
StreamPlan stream_plan(const Stream& stream, const ProcessIdentity& identity, std::uint64_t seed);
HttpSettings http_settings(const Server& server);
AuthSettings auth_settings(const Auth& auth);
IncidentDeskPlan incident_plan(const Server& server);
// `state_dir`: as it was chosen.
AlertDeskPlan alert_plan(const Config& config, const std::string& state_dir);
// Nothing: output_dir is not set.
std::optional<DiskMirrorSettings> mirror_settings(const Stream& stream);

}  // namespace supervisor
