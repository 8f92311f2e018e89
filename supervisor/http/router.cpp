#include "supervisor/http/router.h"

#include <algorithm>
#include <array>

namespace supervisor {
namespace {

constexpr std::array rows{
    RouteRow{RouteId::Playlist, "GET", "/hls/{stream}/playlist.m3u8", RouteKind::Media, "What a player opens",
             "application/vnd.apple.mpegurl"},
    RouteRow{RouteId::Media, "GET", "/hls/{stream}/{name}", RouteKind::Media, "Init segment, segment or part",
             "video/mp4"},
    RouteRow{RouteId::Health, "GET", "/api/health", RouteKind::Api,
             "200 when every wanted stream is delivering"},
    RouteRow{RouteId::HealthDetailed, "GET", "/api/health/detailed", RouteKind::Api,
             "Health with availability and incidents"},
    RouteRow{RouteId::Status, "GET", "/api/status", RouteKind::Api, "Service, streams and system"},
    RouteRow{RouteId::History, "GET", "/api/history", RouteKind::Api,
             "Figures of the last hours, for charts"},
    RouteRow{RouteId::Events, "GET", "/api/events", RouteKind::Api, "State changes as server-sent events",
             "text/event-stream"},
    RouteRow{RouteId::Logs, "GET", "/api/logs", RouteKind::Api, "Recent log lines"},
    RouteRow{RouteId::LogStream, "GET", "/api/logs/stream", RouteKind::Api, "Log lines as server-sent events",
             "text/event-stream"},
    RouteRow{RouteId::Monitors, "GET", "/api/monitors", RouteKind::Api, "Monitors of the displays"},
    RouteRow{RouteId::Encoders, "GET", "/api/encoders", RouteKind::Api,
             "Encoders, each tried with a picture"},
    RouteRow{RouteId::Start, "POST", "/api/start", RouteKind::Api, "Start all streams"},
    RouteRow{RouteId::Stop, "POST", "/api/stop", RouteKind::Api, "Stop all streams"},
    RouteRow{RouteId::Restart, "POST", "/api/restart", RouteKind::Api, "Restart all streams"},
    RouteRow{RouteId::StartStream, "POST", "/api/streams/{stream}/start", RouteKind::Api, "Start a stream"},
    RouteRow{RouteId::StopStream, "POST", "/api/streams/{stream}/stop", RouteKind::Api, "Stop a stream"},
    RouteRow{RouteId::RestartStream, "POST", "/api/streams/{stream}/restart", RouteKind::Api,
             "Restart the worker of a stream"},
    RouteRow{RouteId::PauseStream, "POST", "/api/streams/{stream}/pause", RouteKind::Api,
             "Show the slate in place of the picture, for privacy"},
    RouteRow{RouteId::ResumeStream, "POST", "/api/streams/{stream}/resume", RouteKind::Api,
             "Show the picture again after a pause"},
    RouteRow{RouteId::SwitchInput, "POST", "/api/streams/{stream}/inputs/switch", RouteKind::Api,
             "Show one input until that is taken back, or the best one again"},
    RouteRow{RouteId::EditInputs, "PATCH", "/api/streams/{stream}/inputs", RouteKind::Api,
             "Adds, changes, moves and removes inputs while the stream runs"},
    RouteRow{RouteId::Cleanup, "POST", "/api/streams/{stream}/cleanup", RouteKind::Api,
             "Remove own files from hls.output_dir that are no longer in the window"},
    RouteRow{RouteId::Incidents, "GET", "/api/streams/{stream}/incidents", RouteKind::Api,
             "Failures of a stream, newest first"},
    RouteRow{RouteId::Incident, "GET", "/api/streams/{stream}/incidents/{name}", RouteKind::Api,
             "One failure: timeline, last log lines, recovery"},
    RouteRow{RouteId::PictureOfIncident, "GET", "/api/streams/{stream}/incidents/{name}/picture.jpg",
             RouteKind::Api, "The last picture before a failure", "image/jpeg"},
    RouteRow{RouteId::Snapshot, "GET", "/api/streams/{stream}/snapshot.jpg", RouteKind::Api,
             "The last picture", "image/jpeg"},
    RouteRow{RouteId::Drill, "POST", "/api/streams/{stream}/drill", RouteKind::Api,
             "A controlled fault; answers the measured recovery"},
    RouteRow{RouteId::ReadConfig, "GET", "/api/config", RouteKind::Api,
             "The configuration, its secrets hidden"},
    RouteRow{RouteId::WriteConfig, "PUT", "/api/config", RouteKind::Api,
             "Checks, writes and applies a configuration"},
    RouteRow{RouteId::ReloadConfig, "POST", "/api/config/reload", RouteKind::Api,
             "Reads the configuration file again"},
    RouteRow{RouteId::Login, "POST", "/api/login", RouteKind::Api, "Begins a session of the dashboard"},
    RouteRow{RouteId::Logout, "POST", "/api/logout", RouteKind::Api, "Ends the session"},
    RouteRow{RouteId::Session, "GET", "/api/session", RouteKind::Api, "Who is asking, and what is allowed"},
    RouteRow{RouteId::Alerts, "GET", "/api/alerts", RouteKind::Api,
             "Open alerts, those that were, and their receivers"},
    RouteRow{RouteId::TestAlerts, "POST", "/api/alerts/test", RouteKind::Api,
             "Sends a test through every receiver and answers each result"},
    RouteRow{RouteId::Metrics, "GET", "/metrics", RouteKind::Api, "Prometheus metrics", "text/plain"},
    RouteRow{RouteId::Liveness, "GET", "/healthz", RouteKind::Api, "Liveness, without data", "text/plain"},
    RouteRow{RouteId::Readiness, "GET", "/readyz", RouteKind::Api,
             "200 when every wanted stream is delivering; without data", "text/plain"},
    RouteRow{RouteId::OpenApi, "GET", "/openapi.json", RouteKind::Api, "This description, as OpenAPI 3.1"},
    RouteRow{RouteId::Asset, "GET", "/{path...}", RouteKind::Page,
             "A file of the dashboard; without a path, the page itself", "text/html"},
};

constexpr std::array reserved_folders{std::string_view("api"), std::string_view("hls")};

constexpr std::array known_methods{
    std::string_view("GET"),     std::string_view("HEAD"),  std::string_view("POST"),
    std::string_view("PUT"),     std::string_view("PATCH"), std::string_view("DELETE"),
    std::string_view("OPTIONS"), std::string_view("TRACE"), std::string_view("CONNECT")};

bool is_known(std::string_view method) {
  return std::find(known_methods.begin(), known_methods.end(), method) != known_methods.end();
}

std::string join(const std::vector<std::string>& segments, std::size_t from) {
  std::string path;
  for (std::size_t i = from; i < segments.size(); ++i) {
    if (i > from) path.push_back('/');
    path += segments[i];
  }
  return path;
}

// One `{...}` of a pattern against one segment.
bool take_variable(std::string_view variable, const std::string& segment, Route& route) {
  if (variable == "{stream}") {
    if (!is_stream_name(segment)) return false;
    route.stream = segment;
    return true;
  }
  if (segment.empty()) return false;
  route.name = segment;
  return true;
}

bool is_reserved(const std::vector<std::string>& segments) {
  return !segments.empty() && std::find(reserved_folders.begin(), reserved_folders.end(), segments.front()) !=
                                  reserved_folders.end();
}

bool matches(std::string_view pattern, const std::vector<std::string>& segments, Route& route) {
  std::size_t at = 0;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string_view piece = pattern.substr(0, end);
    pattern.remove_prefix(end);
    if (piece == "{path...}") {
      if (at == 0 && is_reserved(segments)) return false;
      route.name = join(segments, at);
      return true;
    }
    if (at == segments.size()) return false;
    const std::string& segment = segments[at++];
    if (piece.front() == '{' ? !take_variable(piece, segment, route) : piece != segment) return false;
  }
  return at == segments.size();
}

void allow_method(std::string& allow, std::string_view method) {
  if (!allow.empty()) allow += ", ";
  allow += method;
  if (method == "GET") allow += ", HEAD";
}

}  // namespace

std::span<const RouteRow> route_table() {
  return rows;
}

Needs needs_of(const RouteRow& row) {
  switch (row.id) {
    case RouteId::Asset:
    case RouteId::Liveness:
    case RouteId::Readiness:
    case RouteId::Login:
    case RouteId::Logout:
    case RouteId::Session:
      return Needs::Nothing;
    case RouteId::WriteConfig:
    case RouteId::ReloadConfig:
    case RouteId::EditInputs:
      return Needs::OperatorOfConfig;
    default:
      break;
  }
  if (row.kind == RouteKind::Media) return Needs::Media;
  return row.method == "GET" ? Needs::Viewer : Needs::Operator;
}

bool is_stream_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), allowed);
}

std::string_view stream_of_media(std::string_view method, std::string_view target) {
  constexpr std::string_view folder = "/hls/";
  if ((method != "GET" && method != "HEAD") || !target.starts_with(folder)) return {};
  target.remove_prefix(folder.size());
  const std::string_view name = target.substr(0, target.find('/'));
  return name.size() < target.size() && is_stream_name(name) ? name : std::string_view();
}

RouteVerdict find_route(std::string_view method, const Target& target) {
  using Kind = RouteVerdict::Kind;
  if (!is_known(method)) return {.kind = Kind::NotImplemented, .route = {}, .allow = {}};
  const std::string_view wanted = method == "HEAD" ? std::string_view("GET") : method;
  RouteVerdict verdict;
  std::string_view matched_pattern;
  for (const RouteRow& row : rows) {
    // Rows after the first match count only when they are the same path with another method.
    if (!matched_pattern.empty() && row.pattern != matched_pattern) continue;
    Route route{.id = row.id,
                .kind = row.kind,
                .needs = needs_of(row),
                .type = row.type,
                .changes_state = row.method != "GET",
                .stream = {},
                .name = {}};
    if (!matches(row.pattern, target.segments, route)) continue;
    matched_pattern = row.pattern;
    if (row.method == wanted) return {.kind = Kind::Found, .route = std::move(route), .allow = {}};
    verdict.route.kind = row.kind;
    allow_method(verdict.allow, row.method);
  }
  if (matched_pattern.empty()) return verdict;
  verdict.allow += ", OPTIONS";
  verdict.kind = method == "OPTIONS" ? Kind::Options : Kind::MethodNotAllowed;
  return verdict;
}

}  // namespace supervisor
