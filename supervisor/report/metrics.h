// GET /metrics: the snapshot in the Prometheus text format 0.0.4. Pure. Names follow the conventions of
// Prometheus: prefix desktop_streamer_, base units (seconds, bytes, ratios of 1), counters end in _total and
// never fall while the supervisor lives (over all workers). What is unknown is left out.
#pragma once

#include <string>

#include "supervisor/report/log_buffer.h"
#include "supervisor/report/reliability.h"
#include "supervisor/report/service_facts.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

inline constexpr const char* metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

std::string metrics_text(const Snapshot& snapshot, const Reliability& reliability = {},
                         const ServiceFacts& facts = {});

}  // namespace supervisor
