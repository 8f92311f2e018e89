#include "supervisor/alerts/alert_json.h"

#include <algorithm>

#include "supervisor/alerts/alert_text.h"
#include "supervisor/report/json_parts.h"

namespace supervisor {
namespace {

constexpr std::size_t text_bytes_max = 4096;  // of one text that is read back
constexpr std::size_t lines_max = 256;

Json alert_object(const Alert& alert) {
  return {{"id", alert.id},
          {"rule", rule_name(alert.rule)},
          {"severity", severity_name(alert.severity)},
          {"stream", alert.stream},
          {"state", alert.open ? "open" : "resolved"},
          {"title", alert.title + (alert.flapping ? " (flapping)" : "")},
          {"detail", alert.detail},
          {"opened_at", format_rfc3339(alert.opened_at)},
          {"resolved_at", alert.resolved_at ? Json(format_rfc3339(*alert.resolved_at)) : Json(nullptr)},
          {"duration_seconds", rounded(std::chrono::duration<double>(alert.duration).count())},
          {"notified", alert.notified},
          {"held_back", alert.held_back}};
}

// As it is kept: with what the API does not show.
Json saved_object(const Alert& alert) {
  Json json = alert_object(alert);
  json["title"] = alert.title;
  json["subject"] = alert.subject;
  json["flapping"] = alert.flapping;
  return json;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return {};
  return found->get<std::string>().substr(0, text_bytes_max);
}

std::int64_t number_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return 0;
  const double value = found->get<double>();
  return std::isfinite(value) ? static_cast<std::int64_t>(std::clamp(value, 0.0, 1e15)) : 0;
}

int count_of(const Json& json, const char* key) {
  return static_cast<int>(std::min<std::int64_t>(number_of(json, key), 1'000'000'000));
}

std::vector<std::string> lines_of(const Json& json) {
  std::vector<std::string> lines;
  const auto found = json.find("lines");
  if (found == json.end() || !found->is_array()) return lines;
  for (const Json& line : *found) {
    if (!line.is_string() || lines.size() == lines_max) break;
    lines.push_back(line.get<std::string>().substr(0, text_bytes_max));
  }
  return lines;
}

std::optional<Alert> read_alert(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto rule = parse_rule(text_of(json, "rule"));
  const auto severity = parse_severity(text_of(json, "severity"));
  const auto opened = parse_rfc3339(text_of(json, "opened_at"));
  if (!rule || !severity || !opened) return std::nullopt;
  Alert alert;
  alert.id = text_of(json, "id");
  alert.rule = *rule;
  alert.severity = *severity;
  alert.stream = text_of(json, "stream");
  alert.subject = text_of(json, "subject");
  alert.open = text_of(json, "state") == "open";
  alert.flapping = json.value("flapping", Json(false)) == Json(true);
  alert.title = text_of(json, "title");
  alert.detail = text_of(json, "detail");
  alert.opened_at = *opened;
  alert.resolved_at = parse_rfc3339(text_of(json, "resolved_at"));
  alert.duration = std::chrono::seconds(number_of(json, "duration_seconds"));
  alert.notified = count_of(json, "notified");
  alert.held_back = count_of(json, "held_back");
  return alert;
}

std::vector<Alert> read_alerts(const Json& json, const char* key, std::size_t most) {
  std::vector<Alert> alerts;
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) return alerts;
  for (const Json& item : *found) {
    if (alerts.size() == most) break;
    if (auto alert = read_alert(item)) alerts.push_back(std::move(*alert));
  }
  return alerts;
}

Json notice_object(const AlertNotice& notice) {
  return {{"id", notice.id},
          {"kind", kind_name(notice.kind)},
          {"at", format_rfc3339(notice.at)},
          {"count", notice.count},
          {"severity", severity_name(notice.alert.severity)},
          {"lines", notice.lines},
          {"alert", saved_object(notice.alert)}};
}

std::optional<AlertNotice> read_notice(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto kind = parse_kind(text_of(json, "kind"));
  const auto at = parse_rfc3339(text_of(json, "at"));
  const auto severity = parse_severity(text_of(json, "severity"));
  if (!kind || !at || !severity || !json.contains("alert")) return std::nullopt;
  const auto alert = read_alert(json["alert"]);
  if (!alert) return std::nullopt;
  return AlertNotice{text_of(json, "id"), *kind, *at, *alert, count_of(json, "count"), lines_of(json)};
}

common::Result<Json> read_document(std::string_view text, int version) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return common::error("it is no JSON object");
  if (number_of(json, "version") != version) {
    return common::error("it is of another version: " + std::to_string(number_of(json, "version")));
  }
  return json;
}

}  // namespace

std::string alert_json(const Alert& alert) {
  return dump(alert_object(alert));
}

std::string alert_event_json(const AlertChange& change) {
  Json json = {{"change", change_name(change.kind)}};
  json.update(alert_object(change.alert));
  return dump(json);
}

std::string alerts_json(const AlertBook& book, const std::vector<SinkStatus>& sinks) {
  Json active = Json::array(), history = Json::array(), list = Json::array();
  for (const Alert& alert : book.open()) active.push_back(alert_object(alert));
  for (const Alert& alert : book.history()) history.push_back(alert_object(alert));
  for (const SinkStatus& sink : sinks) {
    list.push_back({{"name", sink.name},
                    {"kind", sink_kind_name(sink.kind)},
                    {"enabled", sink.enabled},
                    {"state", sink.state},
                    {"last_delivery_at",
                     sink.last_delivery_at ? Json(format_rfc3339(*sink.last_delivery_at)) : Json(nullptr)},
                    {"last_error", sink.last_error},
                    {"pending", sink.pending},
                    {"delivered", sink.delivered},
                    {"failed", sink.failed}});
  }
  return dump({{"active", std::move(active)},
               {"history", std::move(history)},
               {"held_back", book.held_back().count},
               {"sinks", std::move(list)}});
}

std::string alert_test_json(const std::vector<SinkTestResult>& results) {
  Json list = Json::array();
  for (const SinkTestResult& result : results) {
    list.push_back({{"sink", result.sink},
                    {"kind", sink_kind_name(result.kind)},
                    {"ok", result.ok},
                    {"took_ms", result.took_ms},
                    {"error", result.error}});
  }
  return dump({{"results", std::move(list)}});
}

std::string notice_body_json(const AlertNotice& notice, const std::string& host, WallTime sent_at) {
  const bool of_one = notice.kind != AlertNotice::Kind::Digest && notice.kind != AlertNotice::Kind::Test;
  return dump({{"version", 1},
               {"event", kind_name(notice.kind)},
               {"id", notice.id},
               {"at", format_rfc3339(notice.at)},
               {"sent_at", format_rfc3339(sent_at)},
               {"severity", severity_name(notice.alert.severity)},
               {"host", host},
               {"text", subject_text(notice, host)},
               {"alert", of_one ? alert_object(notice.alert) : Json(nullptr)},
               {"held_back", notice.count},
               {"lines", notice.lines}});
}

std::string format_saved_alerts(const SavedAlerts& saved) {
  Json open = Json::array(), history = Json::array();
  for (const Alert& alert : saved.open) open.push_back(saved_object(alert));
  for (const Alert& alert : saved.history) history.push_back(saved_object(alert));
  return dump({{"version", SavedAlerts::version},
               {"numbered", saved.numbered},
               {"open", std::move(open)},
               {"history", std::move(history)},
               {"held_back",
                {{"count", saved.held_back.count},
                 {"severity", severity_name(saved.held_back.severity)},
                 {"lines", saved.held_back.lines}}}});
}

common::Result<SavedAlerts> parse_saved_alerts(std::string_view text) {
  const auto json = read_document(text, SavedAlerts::version);
  if (!json) return json.error();
  SavedAlerts saved;
  saved.open = read_alerts(*json, "open", AlertBook::open_max);
  saved.history = read_alerts(*json, "history", AlertBook::history_max);
  saved.numbered = static_cast<std::uint64_t>(number_of(*json, "numbered"));
  if (const auto held = json->find("held_back"); held != json->end() && held->is_object()) {
    saved.held_back.count = count_of(*held, "count");
    saved.held_back.severity = parse_severity(text_of(*held, "severity")).value_or(Severity::Info);
    saved.held_back.lines = lines_of(*held);
  }
  return saved;
}

std::string format_queue(const SavedQueue& queue) {
  Json notices = Json::array();
  for (const AlertNotice& notice : queue.notices) notices.push_back(notice_object(notice));
  return dump({{"version", SavedQueue::version}, {"lost", queue.lost}, {"notices", std::move(notices)}});
}

common::Result<SavedQueue> parse_queue(std::string_view text) {
  const auto json = read_document(text, SavedQueue::version);
  if (!json) return json.error();
  SavedQueue queue;
  queue.lost = count_of(*json, "lost");
  const auto notices = json->find("notices");
  if (notices == json->end() || !notices->is_array()) return common::error("it has no list of notices");
  for (const Json& item : *notices) {
    if (auto notice = read_notice(item); notice && queue.notices.size() < AlertQueue::notices_max) {
      queue.notices.push_back(std::move(*notice));
    } else {
      ++queue.lost;
    }
  }
  return queue;
}

}  // namespace supervisor
