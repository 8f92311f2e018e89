#include "supervisor/http/answer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "supervisor/http/auth_desk.h"
#include "supervisor/http/guard.h"
#include "supervisor/http/negotiate.h"
#include "supervisor/http/openapi.h"

namespace supervisor {
namespace {

constexpr std::size_t since_bytes_max = 64;
constexpr int log_lines_max = 1000;
constexpr int probe_retry_seconds = 1;
constexpr int incidents_default = 20;
constexpr int incidents_max = 1000;
constexpr int cleanup_retry_seconds = 5;

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

// What a process of its own must find out first.
Reply probed(const std::function<std::optional<std::string>()>& service) {
  if (!service) return not_ready();
  auto json = service();
  if (json) return json_reply(std::move(*json));
  return try_again(503, "The worker program is being asked for it: ask again.", probe_retry_seconds,
                   RouteKind::Api);
}

Reply readiness(const Services& services) {
  const bool ready = services.is_ready && services.is_ready();
  Reply reply = text_reply(ready ? "ready\n" : "not ready\n", "text/plain; charset=utf-8");
  reply.status = ready ? 200 : 503;
  return reply;
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

Reply config_reply(ConfigOutcome outcome) {
  switch (outcome.kind) {
    case ConfigOutcome::Kind::Done:
      return json_reply(std::move(outcome.json));
    case ConfigOutcome::Kind::Invalid: {
      Reply reply = problem(422, outcome.reason);
      nlohmann::ordered_json body = nlohmann::ordered_json::parse(reply.text);
      body["errors"] = nlohmann::ordered_json::parse(outcome.json);
      reply.text = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
      return reply;
    }
    case ConfigOutcome::Kind::UnknownStream:
      return no_stream();
    case ConfigOutcome::Kind::Changed:
      return problem(412, outcome.reason);
    case ConfigOutcome::Kind::NotWritable:
      return problem(409, outcome.reason);
    case ConfigOutcome::Kind::Busy:
      break;
  }
  return try_again(503, outcome.reason, 1, RouteKind::Api);
}

// `"text"` or `W/"text"`; anything else as it is, which then matches nothing.
std::string without_quotes(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
  return tag == "*" ? std::string() : std::string(tag);
}

Reply cleanup_reply(const CleanupOutcome& outcome) {
  switch (outcome.kind) {
    case CleanupOutcome::Kind::UnknownStream:
      return no_stream();
    case CleanupOutcome::Kind::NoDirectory:
      return problem(409, outcome.reason);
    case CleanupOutcome::Kind::Failed:
      return try_again(503, outcome.reason, cleanup_retry_seconds, RouteKind::Api);
    case CleanupOutcome::Kind::Done:
      break;
  }
  const nlohmann::ordered_json json{{"removed_files", outcome.removed_files},
                                    {"freed_bytes", outcome.freed_bytes}};
  return json_reply(json.dump());
}

// Text that is made once and outlives every request.
Reply shared_json(std::shared_ptr<const std::string> text) {
  Reply reply = json_reply({});
  reply.shared_text = std::move(text);
  return reply;
}

// {"fault":"kill"} and nothing else.
common::Result<std::string> parse_drill(const std::string& body) {
  const std::string wanted = "The body must be an object with one key: {\"fault\": \"kill\"}.";
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains("fault") || !json["fault"].is_string())
    return common::error(wanted);
  return json["fault"].get<std::string>();
}

// {"priority":1} or {"priority":null} and nothing else.
common::Result<std::optional<int>> parse_switch(const std::string& body) {
  const std::string wanted =
      "The body must be an object with one key: {\"priority\": 1}, or {\"priority\": null} for the best "
      "input "
      "that works.";
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains("priority")) return common::error(wanted);
  const auto& priority = json["priority"];
  if (priority.is_null()) return std::optional<int>();
  if (!priority.is_number_integer()) return common::error(wanted);
  // Whatever does not fit is no priority of a list of 16 either.
  return std::optional<int>(priority.get<std::int64_t>() == priority.get<int>() ? priority.get<int>() : -1);
}

Reply command_reply(const Services& services, CommandOutcome outcome) {
  switch (outcome.kind) {
    case CommandOutcome::Kind::UnknownStream:
      return problem(404, outcome.reason.empty() ? "There is no stream of this name. /api/status lists them."
                                                 : outcome.reason);
    case CommandOutcome::Kind::Refused:
      return problem(409, outcome.reason);
    case CommandOutcome::Kind::UnknownInput:
      return problem(422, outcome.reason);
    case CommandOutcome::Kind::Accepted:
      break;
  }
  if (outcome.status_json.empty() && services.status_json) outcome.status_json = services.status_json();
  return json_reply(std::move(outcome.status_json), 202);
}

Reply method_without_route() {
  Reply reply = problem(405, "CONNECT and TRACE are not answered here.");
  reply.add_field("Allow", "GET, HEAD, POST, PUT, PATCH, OPTIONS");
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

Reply Answerer::not_known_in_time() {
  return try_again(503, "Your password could not be compared in time. Try again.", 1, RouteKind::Api);
}

bool Answerer::may_continue(const HttpRequest& request) const {
  if (!services_.auth) return true;
  const auto target = parse_target(request.target);
  return target && services_.auth->may_continue(request, find_route(request.method, *target).route.needs);
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
    return options_reply(RouteKind::Api, "GET, HEAD, POST, PUT, PATCH, OPTIONS");
  const auto target = parse_target(request.target);
  if (!target) return problem(400, "The address is not valid: " + target.error().reason + ".");
  const std::string& authority = target->authority.empty() ? request.host : target->authority;
  if (!is_host_allowed(authority, services_.host_names))
    return problem(
        421,
        "This host name is not one of this service. Use an IP address, localhost or the name of the machine, "
        "or add the name to server.hosts in the configuration and restart the service.");
  const RouteVerdict verdict = find_route(request.method, *target);
  if (verdict.kind != RouteVerdict::Kind::Found) return refuse_route(verdict, *target);
  if (verdict.route.kind == RouteKind::Api && !accepts_type(request.accept, verdict.route.type))
    return problem(406, "This address answers " + std::string(verdict.route.type) +
                            ", which the Accept field of the request leaves out.");
  if (verdict.route.changes_state) {
    const BodyRule rule =
        verdict.route.id == RouteId::WriteConfig ? BodyRule::JsonWithComments : BodyRule::Json;
    const GuardVerdict guard = judge_change(request, authority, rule);
    if (guard.status != 0) return problem(guard.status, guard.detail);
  }
  const bool trusted = verdict.route.needs == Needs::Media && is_own_probe(request);
  if (services_.auth && !trusted) {
    auto access = services_.auth->judge(request, verdict.route.needs, verdict.route.kind);
    if (access.kind == AuthDesk::Verdict::Kind::Refuse) return std::move(access.reply);
    if (access.kind == AuthDesk::Verdict::Kind::AskAgain)
      return AskAgain{[desk = services_.auth, key = access.key](std::function<void()> ready) {
        desk->when_compared(key, std::move(ready));
      }};
  }
  return answer_route(request, *target, verdict.route, stream);
}

// No default: a route without an answer does not compile.
// NOLINTNEXTLINE(readability-function-size): a table
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
      return probed(services_.monitors_json);
    case RouteId::Encoders:
      return probed(services_.encoders_json);
    case RouteId::Logs:
      return answer_logs(target);
    case RouteId::History:
      return answer_history(target);
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
    case RouteId::PauseStream:
      return answer_command(route.stream, CommandVerb::Pause);
    case RouteId::ResumeStream:
      return answer_command(route.stream, CommandVerb::Resume);
    case RouteId::SwitchInput:
      return answer_switch(request, route);
    case RouteId::Cleanup:
      return answer_cleanup(route);
    case RouteId::OpenApi:
      return shared_json(openapi_json());
    case RouteId::Incidents:
    case RouteId::Incident:
      return answer_incidents(target, route);
    case RouteId::PictureOfIncident:
      return answer_incident_picture(route);
    case RouteId::Snapshot:
      return answer_snapshot(route);
    case RouteId::Alerts:
      return json_of(services_.alerts_json);
    case RouteId::TestAlerts:
      return answer_alert_test();
    case RouteId::Drill:
      return answer_drill(request, route);
    case RouteId::ReadConfig:
    case RouteId::WriteConfig:
    case RouteId::EditInputs:
    case RouteId::ReloadConfig:
      return answer_config(request, target, route);
    case RouteId::Login:
    case RouteId::Logout:
    case RouteId::Session:
      return answer_login(request, route);
    case RouteId::Asset:
      return answer_asset(request, route);
    case RouteId::Readiness:
      return readiness(services_);
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
  const bool counts = !is_own_probe(request);
  if (counts) stream = route.stream;
  MediaWait wait{.stream = live,
                 .stream_name = route.stream,
                 .query = {},
                 .name = route.name,
                 .counts = counts,
                 .timeout = {}};
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

Reply Answerer::for_whom_it_is(Reply reply) const {
  if (services_.auth && services_.auth->protects_media()) keep_private(reply);
  return reply;
}

bool Answerer::is_own_probe(const HttpRequest& request) const {
  const std::string& agent = services_.probe_agent;
  if (agent.empty() || request.user_agent.size() != agent.size()) return false;
  unsigned difference = 0;  // as long for every guess
  for (std::size_t i = 0; i < agent.size(); ++i) {
    difference |= static_cast<unsigned char>(agent[i] ^ request.user_agent[i]);
  }
  return difference == 0;
}

Answer Answerer::look_up(const HttpRequest& request, const MediaWait& wait) const {
  if (!wait.name.empty()) {
    MediaLookup lookup = wait.stream->find(wait.name);
    if (lookup.kind == MediaLookup::Kind::Found && lookup.bytes.body)
      return media_of(request, wait, std::move(lookup.bytes));
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
  return playlist_of(request, wait);
}

// A thousand viewers get the same playlist and the same part in the same moment.
Reply Answerer::playlist_of(const HttpRequest& request, const MediaWait& wait) const {
  const bool skip = wait.query.skip;
  const bool blocking = wait.query.msn.has_value();
  const bool protects = services_.auth && services_.auth->protects_media();
  auto gzipped = accepts_gzip(request.accept_encoding) ? wait.stream->gzipped_playlist(skip) : nullptr;
  auto text = wait.stream->playlist(skip);
  const std::uint64_t version = wait.stream->version();
  const unsigned form = (skip ? 1u : 0u) | (blocking ? 2u : 0u) | (protects ? 4u : 0u) | (gzipped ? 8u : 0u);
  const HeadMemo::Key key{wait.stream, {}, version, form};
  const bool is_plain = request.if_none_match.empty();
  if (is_plain) {
    if (auto head = heads_.find(key)) {
      Reply reply;
      reply.kind = RouteKind::Media;
      reply.content_type = playlist_type;
      reply.shared_text = gzipped ? std::move(gzipped) : std::move(text);
      reply.head = std::move(head);
      return reply;
    }
  }
  std::string etag = instance_ + "-" + std::to_string(version);
  if (skip) etag += "-d";
  Reply reply = for_whom_it_is(playlist_reply(request, std::move(text), std::move(gzipped), etag, blocking));
  if (is_plain) heads_.keep(key, reply);
  return reply;
}

Reply Answerer::media_of(const HttpRequest& request, const MediaWait& wait, MediaBytes bytes) const {
  const unsigned form = services_.auth && services_.auth->protects_media() ? 1u : 0u;
  const HeadMemo::Key key{wait.stream, wait.name, bytes.size, form};
  const bool is_plain = request.range.empty() && request.if_none_match.empty();
  if (is_plain) {
    if (auto head = heads_.find(key)) {
      Reply reply;
      reply.kind = RouteKind::Media;
      reply.content_type = bytes.content_type;
      reply.media = std::move(bytes);
      reply.head = std::move(head);
      return reply;
    }
  }
  Reply reply = for_whom_it_is(media_reply(request, std::move(bytes), wait.name));
  if (is_plain) heads_.keep(key, reply);
  return reply;
}

Answer Answerer::answer_command(std::string_view stream, CommandVerb verb) const {
  if (!services_.command) return not_ready();
  return command_reply(services_, services_.command(stream, verb));
}

Answer Answerer::answer_switch(const HttpRequest& request, const Route& route) const {
  if (!services_.switch_input || !services_.find_stream) return not_ready();
  if (!services_.find_stream(route.stream)) return no_stream();
  const auto priority = parse_switch(request.body);
  if (!priority) return problem(400, priority.error().reason);
  return command_reply(services_, services_.switch_input(route.stream, *priority));
}

Answer Answerer::answer_logs(const Target& target) const {
  const auto query = parse_log_request(target);
  if (!query) return problem(400, query.error().reason);
  return services_.logs_json ? json_reply(services_.logs_json(*query)) : not_ready();
}

Answer Answerer::answer_history(const Target& target) const {
  if (!services_.history_json) return not_ready();
  auto json = services_.history_json(target.parameter("range").value_or("10m"));
  return json ? json_reply(std::move(*json)) : problem(400, "range must be one of 10m, 6h, 24h.");
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

Answer Answerer::answer_alert_test() const {
  if (!services_.alerts_test) return not_ready();
  return LaterReply{[test = services_.alerts_test](std::function<void(Reply)> done) {
    test([done = std::move(done)](AlertTestOutcome outcome) {
      const bool tested = outcome.kind == AlertTestOutcome::Kind::Done;
      done(tested ? json_reply(std::move(outcome.json)) : problem(409, outcome.reason));
    });
  }};
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

Answer Answerer::answer_config(const HttpRequest& request, const Target& target, const Route& route) const {
  const bool is_there = services_.config_json && services_.write_config && services_.reload_config;
  if (!is_there) return not_ready();
  if (route.id == RouteId::ReadConfig) return json_reply(services_.config_json());
  if (route.id == RouteId::ReloadConfig)
    return LaterReply{[reload = services_.reload_config](std::function<void(Reply)> done) {
      reload([done = std::move(done)](ConfigOutcome outcome) { done(config_reply(std::move(outcome))); });
    }};
  const auto dry_run = target.parameter("dry_run");
  if (dry_run && *dry_run != "true" && *dry_run != "false")
    return problem(400, "dry_run must be true or false.");
  // A route without {stream} has none: the whole configuration.
  ConfigWrite wanted{request.body, without_quotes(request.if_match), dry_run == "true", route.stream};
  return LaterReply{
      [write = services_.write_config, wanted = std::move(wanted)](std::function<void(Reply)> done) {
        write(wanted,
              [done = std::move(done)](ConfigOutcome outcome) { done(config_reply(std::move(outcome))); });
      }};
}

Answer Answerer::answer_login(const HttpRequest& request, const Route& route) const {
  AuthDesk* desk = services_.auth;
  if (!desk) return not_ready();
  if (route.id == RouteId::Session) return desk->session(request);
  if (route.id == RouteId::Logout) return desk->logout(request);
  // The request lives as long as its connection waits, but the answer begins at once.
  return LaterReply{
      [desk, &request](std::function<void(Reply)> done) { desk->login(request, std::move(done)); }};
}

Answer Answerer::answer_cleanup(const Route& route) const {
  if (!services_.cleanup) return not_ready();
  return LaterReply{[cleanup = services_.cleanup, route](std::function<void(Reply)> done) {
    cleanup(route.stream,
            [done = std::move(done)](const CleanupOutcome& outcome) { done(cleanup_reply(outcome)); });
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
