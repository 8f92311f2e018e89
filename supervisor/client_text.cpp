#include "supervisor/client_text.h"

#include <algorithm>
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
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& cells : rows) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text;
  for (auto& cells : rows) {
    for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
      cells[i].resize(widths[i] + 2, ' ');
      text += cells[i];
    }
    text += cells.back() + "\n";
  }
  return text;
}

}  // namespace supervisor
