// What each route takes and answers.
#include <array>

#include "supervisor/http/openapi.h"

namespace supervisor {
namespace {

constexpr std::array playlist_query{
    QueryText{"_HLS_msn", "integer", "wait for this media sequence number (RFC 8216bis 6.2.5.2)"},
    QueryText{"_HLS_part", "integer", "and this part of it; needs _HLS_msn"},
    QueryText{"_HLS_skip", "=YES|v2", "a delta update"}};
constexpr std::array logs_query{
    QueryText{"level", "=trace|debug|info|warn|error", "this level and worse"},
    QueryText{"stream", "string", "lines of this stream only"},
    QueryText{"since", "string", "a time (RFC 3339) or the id of a line: lines after it"},
    QueryText{"limit", "integer", "at most so many lines, 1 to 1000; 200"}};
constexpr std::array incidents_query{QueryText{"limit", "integer", "at most so many, 1 to 1000; 20"}};
constexpr std::array history_query{QueryText{"range", "=10m|6h|24h", "10m"}};
constexpr std::array config_query{QueryText{"dry_run", "=true|false", "only check"}};

}  // namespace

// No default: a route without a text does not compile.
// NOLINTNEXTLINE(readability-function-size): a table
RouteText route_text(RouteId id) {
  switch (id) {
    case RouteId::Asset:
      return {};
    case RouteId::Playlist:
      return {.query = playlist_query};
    case RouteId::Media:
      return {.also = "206 304 416"};
    case RouteId::Health:
      return {.answer = "Health"};
    case RouteId::HealthDetailed:
      return {.answer = "HealthDetailed"};
    case RouteId::Status:
      return {.answer = "Status"};
    case RouteId::Events:
    case RouteId::LogStream:
      return {};
    case RouteId::Logs:
      return {.answer = "Logs", .query = logs_query};
    case RouteId::Monitors:
      return {.answer = "Monitors"};
    case RouteId::Encoders:
      return {.answer = "Encoders"};
    case RouteId::History:
      return {.answer = "History", .query = history_query};
    case RouteId::Start:
    case RouteId::Stop:
    case RouteId::Restart:
    case RouteId::StartStream:
    case RouteId::StopStream:
    case RouteId::RestartStream:
    case RouteId::PauseStream:
    case RouteId::ResumeStream:
      return {.status = 202, .answer = "Status", .also = "409"};
    case RouteId::SwitchInput:
      return {.status = 202, .answer = "Status", .body = "SwitchRequest", .also = "409 422"};
    case RouteId::EditInputs:
      return {.answer = "ConfigResult", .body = "InputEdit", .query = config_query, .also = "409 412 422"};
    case RouteId::Cleanup:
      return {.answer = "CleanupResult", .also = "409"};
    case RouteId::Incidents:
      return {.answer = "Incidents", .query = incidents_query};
    case RouteId::Incident:
      return {.answer = "IncidentDetail"};
    case RouteId::PictureOfIncident:
    case RouteId::Snapshot:
      return {};
    case RouteId::Drill:
      return {.answer = "DrillResult", .body = "DrillRequest", .also = "409 422 504"};
    case RouteId::Alerts:
      return {.answer = "Alerts"};
    case RouteId::TestAlerts:
      return {.answer = "AlertTest", .also = "409 504"};
    case RouteId::ReadConfig:
      return {.answer = "Config"};
    case RouteId::WriteConfig:
      return {
          .answer = "ConfigResult", .body = "ConfigDocument", .query = config_query, .also = "409 412 422"};
    case RouteId::ReloadConfig:
      return {.answer = "ConfigResult", .also = "409 422"};
    case RouteId::Login:
      return {.status = 204, .body = "Login", .also = "401 409 429"};
    case RouteId::Logout:
      return {.status = 204};
    case RouteId::Session:
      return {.answer = "SessionState"};
    case RouteId::Metrics:
    case RouteId::Liveness:
    case RouteId::Readiness:
      return {};
    case RouteId::OpenApi:
      return {.answer = "any"};
  }
  return {};
}

}  // namespace supervisor
