#include "supervisor/supervise/state.h"

#include <array>

namespace supervisor {
namespace {

struct PhaseName {
  std::string_view name;
  std::string_view published;
};

// In the order of Phase.
constexpr std::array<PhaseName, phase_count> phase_names = {{
    {"Stopped", "stopped"},
    {"Starting", "starting"},
    {"Warmup", "starting"},
    {"Healthy", "healthy"},
    {"Degraded", "degraded"},
    {"Stopping", "stopping"},
    {"Killing", "stopping"},
    {"Backoff", "backoff"},
    {"Blocked", "blocked"},
    {"Hold", "hold"},
}};

// In the order of Event.
constexpr std::array<std::string_view, event_count> event_names = {
    "OperatorStart",    "OperatorStop",        "OperatorRestart", "OperatorPause",
    "OperatorResume",   "ConfigChanged",       "Resume",          "ShutDown",
    "Spawned",          "SpawnFailed",         "Exited",          "HelloReceived",
    "WorkerReady",      "HeartbeatReceived",   "MediaAdmitted",   "QualityChanged",
    "ProtocolBroken",   "ExtendAsked",         "LimitExceeded",   "ErrorStorm",
    "EvidenceGathered", "PreconditionChanged", "WorldChanged",    "Tick",
    "LoopLate",
};

}  // namespace

std::string_view phase_name(Phase phase) {
  return phase_names[static_cast<std::size_t>(phase)].name;
}

std::string_view published_state(Phase phase) {
  return phase_names[static_cast<std::size_t>(phase)].published;
}

std::string_view stage_name(Standby::Stage stage) {
  constexpr std::array<std::string_view, standby_stage_count> names = {"Starting", "Warming", "Ready",
                                                                       "TakingOver"};
  return names[static_cast<std::size_t>(stage)];
}

std::string_view event_name(std::size_t index) {
  return index < event_names.size() ? event_names[index] : "unknown";
}

}  // namespace supervisor
