#include "supervisor/daemon/probe_answers.h"

#include <nlohmann/json.hpp>

#include "common/monitor_json.h"

namespace supervisor {
namespace {

using nlohmann::json;

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The worker's list `key`; else an empty one and why.
json list_of(const ProbeDesk::Report& report, const char* key, std::string& error) {
  const json answer = json::parse(report.output, nullptr, false);
  if (answer.is_object() && answer.contains("error") && answer["error"].is_string())
    error = answer["error"].get<std::string>();
  if (answer.is_object() && answer.contains(key) && answer[key].is_array()) return answer[key];
  if (error.empty()) error = report.ok ? "the probe gave an answer of another version" : report.error;
  return json::array();
}

std::vector<std::string> question_of(const common::InputSettings& input) {
  std::vector<std::string> words = {"monitors"};
  const auto add = [&words](const char* option, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {option, value});
  };
  add("--display", input.display);
  add("--xauthority", input.xauthority);
  if (!input.region) add("--monitor", input.monitor);
  return words;
}

void add(json& list, const std::string& stream, const char* source, json monitor) {
  if (!monitor.is_object()) return;
  monitor["stream"] = stream;
  monitor["source"] = source;
  list.push_back(std::move(monitor));
}

}  // namespace

std::optional<std::string> ProbeAnswers::encoders_json() {
  const ProbeDesk::Report* report = desk_.ask({"encoders"}, encoders_fresh_for);
  if (report == nullptr) return std::nullopt;
  std::string error;
  json list = list_of(*report, "encoders", error);
  return dump({{"checked_at", format_rfc3339(report->checked_at)},
               {"encoders", std::move(list)},
               {"error", std::move(error)}});
}

std::optional<std::string> ProbeAnswers::monitors_json(const std::vector<StreamMonitors>& streams) {
  json monitors = json::array();
  json errors = json::array();
  bool waiting = false;
  for (const StreamMonitors& one : streams) {
    for (const common::Monitor& monitor : one.reported)
      add(monitors, one.stream, "worker", common::monitor_json(monitor));
    if (!one.reported.empty() || !one.x11) continue;
    const ProbeDesk::Report* report = desk_.ask(question_of(*one.x11), monitors_fresh_for);
    if (report == nullptr) {
      waiting = true;
      continue;
    }
    std::string error;
    for (json& monitor : list_of(*report, "monitors", error))
      add(monitors, one.stream, "probe", std::move(monitor));
    if (!error.empty()) errors.push_back({{"stream", one.stream}, {"reason", error}});
  }
  if (waiting) return std::nullopt;
  return dump({{"monitors", std::move(monitors)}, {"errors", std::move(errors)}});
}

}  // namespace supervisor
