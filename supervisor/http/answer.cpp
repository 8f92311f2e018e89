#include "supervisor/http/answer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "supervisor/http/guard.h"

namespace supervisor {
namespace {

constexpr std::size_t since_bytes_max = 64;
constexpr int log_lines_max = 1000;
constexpr int incidents_default = 20;
constexpr int incidents_max = 1000;

// Decimal digits only: no sign, no space.
template <typename Number>
common::Result<Number> parse_number(std::string_view name, std::string_view text, Number largest) {
  Number value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits_only = !text.empty() && text.front() != '-' && result.ptr == text.data() + text.size();
  if (result.ec != std::errc{} || !digits_only || value > largest)
    return common::error(std::string(name) + " must be a whole number from 0 to " + std::to_string(largest) +
                         ".");
  return value;
}

Reply refuse_route(const RouteVerdict& verdict, const Target& target) {
  const bool in_media = !target.segments.empty() && target.segments.front() == "hls";
  const RouteKind kind = in_media ? RouteKind::Media : RouteKind::Api;
  switch (verdict.kind) {
    case RouteVerdict::Kind::Options:
      return options_reply(verdict.route.kind, verdict.allow);
    case RouteVerdict::Kind::NotImplemented:
      return problem(501, "This method is not known here.", kind);
    case RouteVerdict::Kind::MethodNotAllowed: {
      Reply reply = problem(405, "This address takes only: " + verdict.allow + ".", kind);
      reply.add_field("Allow", verdict.allow);
      return reply;
    }
    default:
      if (in_media)
        return problem(404, "Players open /hls/NAME/playlist.m3u8; /api/status lists the names.", kind);
      return problem(404,
                     "There is nothing at this address. The dashboard is at /, the status at /api/status.");
  }
}

Reply not_ready() {
  return try_again(503, "The service is starting: this answer is not available yet.", 1, RouteKind::Api);
}

template <typename Service>
Reply json_of(const Service& service) {
  return service ? json_reply(service()) : not_ready();
}

Reply no_stream() {
  return problem(404, "There is no stream of this name. /api/status lists the streams there are.");
}

Reply no_incident() {
  return problem(404, "There is no such incident, or it is no longer kept. The list is one level up.");
}

Reply picture_reply(PictureBytes picture) {
  Reply reply;
  reply.content_type = "image/jpeg";
  reply.shared_text = std::move(picture);
  reply.add_field("Cache-Control", "no-store");
  return reply;
}

Reply drill_reply(DrillOutcome outcome) {
  switch (outcome.kind) {
    case DrillOutcome::Kind::Measured:
      return json_reply(std::move(outcome.json));
    case DrillOutcome::Kind::UnknownStream:
      return no_stream();
    case DrillOutcome::Kind::UnknownFault:
      return problem(422, outcome.reason);
    case DrillOutcome::Kind::SwitchedOff:
    case DrillOutcome::Kind::Refused:
      break;
  }
  return problem(409, outcome.reason);
}

// {"fault":"kill"} and nothing else.
common::Result<std::string> parse_drill(const std::string& body) {
  const std::string wanted = "The body must be an object with one key: {\"fault\": \"kill\"}.";
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains("fault") || !json["fault"].is_string())
    return common::error(wanted);
  return json["fault"].get<std::string>();
}

Reply method_without_route() {
  Reply reply = problem(405, "CONNECT and TRACE are not answered here.");
  reply.add_field("Allow", "GET, HEAD, POST, OPTIONS");
  return reply;
}

template <typename Make>
Answer guarded(const HttpRequest& request, const Make& make) {
  try {
    return make();
  } catch (const std::exception& failure) {
    spdlog::error("http: answering {} failed: {}", request.method, failure.what());
    return problem(500, "The service could not make this answer; its log says why.");
  }
}

}  // namespace

common::Result<PlaylistQuery> parse_playlist_query(const Target& target) {
  constexpr std::int64_t msn_max = 999'999'999'999;
  constexpr int part_max = 999'999;
  for (const char* name : {"_HLS_msn", "_HLS_part", "_HLS_skip"})
    if (target.repeats(name)) return common::error(std::string(name) + " must come once.");
  PlaylistQuery query;
  if (const auto msn = target.parameter("_HLS_msn")) {
    const auto value = parse_number<std::int64_t>("_HLS_msn", *msn, msn_max);
    if (!value) return value.error();
    query.msn = *value;
  }
  if (const auto part = target.parameter("_HLS_part")) {
    const auto value = parse_number<int>("_HLS_part", *part, part_max);
    if (!value) return value.error();
    if (!query.msn) return common::error("_HLS_part needs _HLS_msn (RFC 8216bis 6.2.5.2).");
    query.part = *value;
  }
  const auto skip = target.parameter("_HLS_skip");
  query.skip = skip == "YES" || skip == "v2";
  return query;
}

common::Result<LogRequest> parse_log_request(const Target& target) {
  constexpr std::array levels{"trace", "debug", "info", "warn", "error"};
  LogRequest query;
  query.level = target.parameter("level").value_or("");
  if (!query.level.empty() && std::find(levels.begin(), levels.end(), query.level) == levels.end())
    return common::error("level must be one of trace, debug, info, warn, error.");
  query.stream = target.parameter("stream").value_or("");
  if (!query.stream.empty() && !is_stream_name(query.stream))
    return common::error("stream must be a stream name: a-z, 0-9, _ and -, at most 32.");
  query.since = target.parameter("since").value_or("");
  if (query.since.size() > since_bytes_max) return common::error("since must be at most 64 bytes.");
  if (const auto limit = target.parameter("limit")) {
    const auto value = parse_number<int>("limit", *limit, log_lines_max);
    if (!value) return value.error();
    query.limit = std::max(1, *value);
  }
  return query;
}

Reply Answerer::timed_out() {
  return try_again(503, "The media asked for was not published in time. Ask for the playlist again.", 1,
                   RouteKind::Media);
}

Reply Answerer::not_answered() {
  return problem(504, "The service did not answer in time; its log says what it was doing.");
}

Reply Answerer::winding_down() {
  return try_again(503, "The service is ending: ask again when it is back.", 1, RouteKind::Api);
}

Reply Answerer::stream_gone() {
  return problem(404, "This stream was removed. /api/status lists the streams there are.", RouteKind::Media);
}

Answer Answerer::answer(const HttpRequest& request, std::string& stream) const {
  stream.clear();
  return guarded(request, [&] { return judge(request, stream); });
}

Answer Answerer::judge(const HttpRequest& request, std::string& stream) const {
  if (request.host_fields != 1) {
    Reply reply = problem(400, "A request must have exactly one Host field (RFC 9112 3.2).");
    reply.close = true;
    return reply;
  }
  if (request.method == "CONNECT" || request.method == "TRACE") return method_without_route();
  if (request.method == "OPTIONS" && request.target == "*")
    return options_reply(RouteKind::Api, "GET, HEAD, POST, OPTIONS");
  const auto target = parse_target(request.target);
  if (!target) return problem(400, "The address is not valid: " + target.error().reason + ".");
  const std::string& authority = target->authority.empty() ? request.host : target->authority;
  if (!is_host_allowed(authority, services_.host_names))
    return problem(
        421,
        "This host name is not one of this service. Use an IP address or localhost, or add the name to "
        "server.hosts in the configuration.");
  const RouteVerdict verdict = find_route(request.method, *target);
  if (verdict.kind != RouteVerdict::Kind::Found) return refuse_route(verdict, *target);
  if (verdict.route.changes_state) {
    const GuardVerdict guard = judge_change(request, authority);
    if (guard.status != 0) return problem(guard.status, guard.detail);
  }
  return answer_route(request, *target, verdict.route, stream);
}

Answer Answerer::answer_route(const HttpRequest& request, const Target& target, const Route& route,
                              std::string& stream) const {
  switch (route.id) {
    case RouteId::Playlist:
    case RouteId::Media:
      return answer_media(request, target, route, stream);
    case RouteId::Status:
      return json_of(services_.status_json);
    case RouteId::HealthDetailed:
      return json_of(services_.health_detailed_json);
    case RouteId::Monitors:
      return json_of(services_.monitors_json);
    case RouteId::Logs:
      return answer_logs(target);
    case RouteId::Events:
      return subscribe(request, services_.events);
    case RouteId::LogStream:
      return subscribe(request, services_.log_lines);
    case RouteId::Start:
      return answer_command({}, CommandVerb::Start);
    case RouteId::Stop:
      return answer_command({}, CommandVerb::Stop);
    case RouteId::Restart:
      return answer_command({}, CommandVerb::Restart);
    case RouteId::StartStream:
      return answer_command(route.stream, CommandVerb::Start);
    case RouteId::StopStream:
      return answer_command(route.stream, CommandVerb::Stop);
    case RouteId::RestartStream:
      return answer_command(route.stream, CommandVerb::Restart);
    case RouteId::Incidents:
    case RouteId::Incident:
      return answer_incidents(target, route);
    case RouteId::IncidentPicture:
      return answer_incident_picture(route);
    case RouteId::Snapshot:
      return answer_snapshot(route);
    case RouteId::Drill:
      return answer_drill(request, route);
    case RouteId::Asset:
      return answer_asset(request, route);
    case RouteId::Liveness:
      return text_reply("ok\n", "text/plain; charset=utf-8");
    case RouteId::Metrics:
      if (!services_.metrics_text) return not_ready();
      return text_reply(services_.metrics_text(), "text/plain; version=0.0.4; charset=utf-8");
    case RouteId::Health: {
      if (!services_.health) return not_ready();
      HealthAnswer health = services_.health();
      return json_reply(std::move(health.json), health.ok ? 200 : 503);
    }
  }
  return problem(404, "There is nothing at this address.");
}

Answer Answerer::answer_media(const HttpRequest& request, const Target& target, const Route& route,
                              std::string& stream) const {
  LiveStream* live = services_.find_stream ? services_.find_stream(route.stream) : nullptr;
  if (!live)
    return problem(404, "There is no stream of this name. /api/status lists the streams there are.",
                   RouteKind::Media);
  stream = route.stream;
  MediaWait wait{.stream = live, .stream_name = route.stream, .query = {}, .name = route.name, .timeout = {}};
  if (route.id == RouteId::Playlist) {
    const auto query = parse_playlist_query(target);
    if (!query) return problem(400, query.error().reason, RouteKind::Media);
    wait.query = *query;
  }
  return look_up(request, wait);
}

Answer Answerer::look_again(const HttpRequest& request, const MediaWait& wait) const {
  return guarded(request, [&] { return look_up(request, wait); });
}

Answer Answerer::look_up(const HttpRequest& request, const MediaWait& wait) const {
  if (!wait.name.empty()) {
    MediaLookup lookup = wait.stream->find(wait.name);
    if (lookup.kind == MediaLookup::Kind::Found && lookup.bytes.body)
      return media_reply(request, std::move(lookup.bytes), wait.name);
    if (lookup.kind != MediaLookup::Kind::Later)
      return problem(404, "This media is not (or no longer) published. Ask for the playlist again.",
                     RouteKind::Media);
    MediaWait again = wait;
    again.timeout = part_wait_;
    return again;
  }
  const ReloadVerdict verdict = wait.stream->judge(wait.query);
  if (verdict.kind == ReloadVerdict::Kind::Invalid) return problem(400, verdict.reason, RouteKind::Media);
  if (verdict.kind == ReloadVerdict::Kind::Wait) {
    MediaWait again = wait;
    again.timeout = verdict.timeout;
    return again;
  }
  std::string etag = instance_ + "-" + std::to_string(wait.stream->version());
  if (wait.query.skip) etag += "-d";
  return playlist_reply(request, wait.stream->playlist(wait.query.skip), etag, wait.query.msn.has_value());
}

Answer Answerer::answer_command(std::string_view stream, CommandVerb verb) const {
  if (!services_.command) return not_ready();
  CommandOutcome outcome = services_.command(stream, verb);
  switch (outcome.kind) {
    case CommandOutcome::Kind::UnknownStream:
      return problem(404, outcome.reason.empty() ? "There is no stream of this name. /api/status lists them."
                                                 : outcome.reason);
    case CommandOutcome::Kind::Refused:
      return problem(409, outcome.reason);
    case CommandOutcome::Kind::Accepted:
      break;
  }
  if (outcome.status_json.empty() && services_.status_json) outcome.status_json = services_.status_json();
  return json_reply(std::move(outcome.status_json), 202);
}

Answer Answerer::answer_logs(const Target& target) const {
  const auto query = parse_log_request(target);
  if (!query) return problem(400, query.error().reason);
  return services_.logs_json ? json_reply(services_.logs_json(*query)) : not_ready();
}

Answer Answerer::answer_incidents(const Target& target, const Route& route) const {
  if (!services_.incidents_json || !services_.incident_json) return not_ready();
  if (route.id == RouteId::Incident) {
    auto json = services_.incident_json(route.stream, route.name);
    return json ? json_reply(std::move(*json)) : no_incident();
  }
  int limit = incidents_default;
  if (const auto text = target.parameter("limit")) {
    const auto value = parse_number<int>("limit", *text, incidents_max);
    if (!value) return problem(400, value.error().reason);
    limit = std::max(1, *value);
  }
  auto json = services_.incidents_json(route.stream, limit);
  return json ? json_reply(std::move(*json)) : no_stream();
}

Answer Answerer::answer_incident_picture(const Route& route) const {
  if (!services_.incident_picture) return not_ready();
  return LaterReply{[find = services_.incident_picture, route](std::function<void(Reply)> done) {
    find(route.stream, route.name, [done = std::move(done)](PictureBytes picture) {
      done(picture ? picture_reply(std::move(picture)) : no_incident());
    });
  }};
}

Answer Answerer::answer_snapshot(const Route& route) const {
  if (!services_.last_picture) return not_ready();
  if (PictureBytes picture = services_.last_picture(route.stream)) return picture_reply(std::move(picture));
  const bool known = services_.find_stream && services_.find_stream(route.stream);
  return known ? problem(404, "There is no picture of this stream yet. Ask again when it is on air.")
               : no_stream();
}

Answer Answerer::answer_drill(const HttpRequest& request, const Route& route) const {
  if (!services_.drill) return not_ready();
  const auto fault = parse_drill(request.body);
  if (!fault) return problem(400, fault.error().reason);
  return LaterReply{[drill = services_.drill, route, fault = *fault](std::function<void(Reply)> done) {
    drill(route.stream, fault,
          [done = std::move(done)](DrillOutcome outcome) { done(drill_reply(std::move(outcome))); });
  }};
}

Answer Answerer::answer_asset(const HttpRequest& request, const Route& route) const {
  const std::string_view path = route.name.empty() ? std::string_view("index.html") : route.name;
  const Asset* asset = services_.find_asset ? services_.find_asset(path) : nullptr;
  if (asset) return asset_reply(request, *asset);
  return problem(404, "There is nothing at this address. The dashboard is at /, the status at /api/status.");
}

Answer Answerer::subscribe(const HttpRequest& request, EventHub* hub) const {
  if (!hub) return not_ready();
  if (request.is_head()) return event_stream_reply();
  return EventSubscription{hub};
}

}  // namespace supervisor
