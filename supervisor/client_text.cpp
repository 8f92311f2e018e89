#include "supervisor/client_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/printable.h"

namespace supervisor {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* name, const std::string& unit = {}) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "-";
  if (found->is_string()) return common::printable(found->get<std::string>());
  return found->dump() + unit;
}

// Left-aligned, two blanks between; the last column is as long as it is.
std::string columns(std::vector<std::vector<std::string>> rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text;
  for (auto& cells : rows) {
    std::string line;
    for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
      cells[i].resize(widths[i] + 2, ' ');
      line += cells[i];
    }
    line += cells.back();
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string number_text(const json& object, const char* name) {
  const auto found = object.find(name);
  const bool none = found == object.end() || !found->is_number() || *found == 0;
  return none ? "-" : found->dump();
}

std::string retry_text(const json& stream) {
  const auto found = stream.find("next_retry_ms");
  if (found == stream.end() || !found->is_number()) return "-";
  return "in " + duration_text(std::ceil(found->get<double>() / 1000));
}

std::vector<std::string> status_row(const json& stream) {
  const auto seconds = stream.find("state_seconds");
  const std::string encoder = text_of(stream, "encoder");
  return {text_of(stream, "name"),
          text_of(stream, "state"),
          seconds != stream.end() && seconds->is_number() ? duration_text(seconds->get<double>()) : "-",
          text_of(stream, "on_air"),
          number_text(stream, "worker_pid"),
          text_of(stream, "standby"),
          encoder.empty() ? "-" : encoder,
          text_of(stream, "viewers"),
          retry_text(stream),
          text_of(stream, "reason")};
}

std::string figure_text(const json& input, const char* name, int digits) {
  const auto found = input.find(name);
  if (found == input.end() || !found->is_number()) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, found->get<double>());
  return text;
}

std::string input_status(const json& input, const json& stream) {
  const auto priority = input.find("input_priority");
  const bool is_known = priority != input.end();
  const bool on_air = is_known && stream.value("active_input", json()) == *priority;
  const bool held = is_known && stream.value("override_input", json()) == *priority;
  return (on_air ? "on air" : text_of(input, "status")) + (held ? ", by hand" : "");
}

std::vector<std::string> input_row(const json& input, const json& stream) {
  const auto errors = input.find("errors");
  const bool failed = errors != input.end() && errors->is_array() && !errors->empty();
  return {text_of(stream, "name"),
          text_of(input, "input_priority"),
          text_of(input, "type"),
          input_status(input, stream),
          figure_text(input, "fps", 1),
          figure_text(input, "bitrate_kbps", 0),
          figure_text(input, "packet_loss", 1),
          text_of(input, "name"),
          failed ? text_of(errors->front(), "at") + " " + text_of(errors->front(), "message") : ""};
}

// Empty: nothing is told of inputs.
std::string input_table(const json& status, const std::string& stream) {
  std::vector<std::vector<std::string>> rows = {
      {"STREAM", "INPUT", "TYPE", "STATUS", "FPS", "KBIT/S", "LOSS %", "NAME", "LAST ERROR"}};
  for (const json& one : status.at("streams")) {
    if (!stream.empty() && one.value("name", "") != stream) continue;
    for (const json& input : one.value("inputs", json::array())) rows.push_back(input_row(input, one));
  }
  return rows.size() == 1 ? "" : "\n" + columns(std::move(rows));
}

std::string row(std::string title, const std::string& value) {
  title.resize(20, ' ');
  return title + value + "\n";
}

}  // namespace

std::string drill_table(const std::string& stream, const json& report) {
  std::string text = row("stream", stream);
  text += row("fault", text_of(report, "fault"));
  text += row("failure class", text_of(report, "failure_class"));
  text += row("detected after", text_of(report, "detected_ms", " ms"));
  text += row("first new part", text_of(report, "recovery_ms", " ms"));
  text += row("longest part gap", text_of(report, "part_gap_ms", " ms"));
  text += row("hole for players", text_of(report, "hole_ms", " ms"));
  text += row("parts bridged", text_of(report, "parts_bridged"));
  text += row("incident", text_of(report, "incident"));
  return text + row("verdict", text_of(report, "verdict"));
}

std::string incident_table(json incidents) {
  if (incidents.empty()) return "no incidents are kept\n";
  std::stable_sort(incidents.begin(), incidents.end(),
                   [](const json& a, const json& b) { return a.value("id", "") > b.value("id", ""); });
  std::vector<std::vector<std::string>> rows = {{"DETECTED", "STREAM", "CLASS", "RECOVERY", "ACTION", "ID"}};
  for (const json& incident : incidents) {
    const bool open = !incident.contains("closed_at") || incident["closed_at"].is_null();
    rows.push_back({text_of(incident, "detected_at"), text_of(incident, "stream"), text_of(incident, "class"),
                    open ? "open" : text_of(incident, "recovery_ms", " ms"), text_of(incident, "action"),
                    text_of(incident, "id")});
  }
  return columns(std::move(rows));
}

std::string status_table(const json& status, const std::string& stream) {
  const json& service = status.at("service");
  std::string text = "desktop-streamer " + text_of(service, "version") + ", up " +
                     duration_text(service.value("uptime_seconds", 0.0)) + "\n";
  const std::string config_error = service.value("config_error", "");
  if (!config_error.empty())
    text += "configuration not loaded, the one before is in force: " + common::printable(config_error) + "\n";
  std::vector<std::vector<std::string>> rows = {
      {"STREAM", "STATE", "FOR", "ON AIR", "WORKER", "STANDBY", "ENCODER", "VIEWERS", "NEXT TRY", "REASON"}};
  for (const json& one : status.at("streams")) {
    if (stream.empty() || one.value("name", "") == stream) rows.push_back(status_row(one));
  }
  return text + columns(std::move(rows)) + input_table(status, stream);
}

std::string stream_names(const json& status, const std::string& between) {
  std::string names;
  for (const json& one : status.at("streams")) names += (names.empty() ? "" : between) + text_of(one, "name");
  return names;
}

bool has_stream(const json& status, const std::string& name) {
  const json& streams = status.at("streams");
  return std::any_of(streams.begin(), streams.end(),
                     [&](const json& one) { return one.value("name", "") == name; });
}

std::string log_line(const json& entry) {
  std::string level = text_of(entry, "level");
  level.resize(std::max<std::size_t>(level.size(), 5), ' ');
  std::string line = text_of(entry, "at") + "  " + level + "  ";
  const std::string stream = entry.value("stream", "");
  if (!stream.empty()) {
    line += common::printable(stream, 32);
    const auto generation = entry.find("generation");
    if (generation != entry.end() && generation->is_number() && *generation != 0)
      line += "/" + generation->dump();
    line += "  ";
  }
  return line + text_of(entry, "text");
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long long>(std::max(0.0, seconds));
  const long long minutes = whole / 60, hours = minutes / 60, days = hours / 24;
  if (whole < 60) return std::to_string(whole) + " s";
  if (hours == 0) return std::to_string(minutes) + " min";
  if (days == 0) {
    const std::string rest = std::to_string(minutes % 60);
    return std::to_string(hours) + " h " + (rest.size() < 2 ? "0" : "") + rest + " min";
  }
  return std::to_string(days) + " d " + std::to_string(hours % 24) + " h";
}

}  // namespace supervisor
