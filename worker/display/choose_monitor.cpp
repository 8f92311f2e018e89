#include <algorithm>
#include <cctype>
#include <charconv>

#include "worker/display/monitors.h"

namespace worker {
namespace {

using common::Monitor;
using Monitors = std::vector<Monitor>;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string geometry(const Monitor& monitor) {
  return std::to_string(monitor.width) + "x" + std::to_string(monitor.height) + "+" +
         std::to_string(monitor.x) + "+" + std::to_string(monitor.y);
}

common::Error not_there(const Monitors& monitors, const std::string& what) {
  return common::error("monitor: " + what + "; there is: " + describe(monitors));
}

const Monitor& primary_of(const Monitors& monitors) {
  const auto found = std::find_if(monitors.begin(), monitors.end(), [](const auto& m) { return m.primary; });
  return found == monitors.end() ? monitors.front() : *found;
}

const Monitor& second_of(const Monitors& monitors) {
  const Monitor& primary = primary_of(monitors);
  for (const Monitor& monitor : monitors)
    if (&monitor != &primary) return monitor;
  return primary;
}

Monitor around_all(const Monitors& monitors) {
  Monitor all = monitors.front();
  int right = all.x + all.width;
  int bottom = all.y + all.height;
  for (const Monitor& monitor : monitors) {
    right = std::max(right, monitor.x + monitor.width);
    bottom = std::max(bottom, monitor.y + monitor.height);
    all.x = std::min(all.x, monitor.x);
    all.y = std::min(all.y, monitor.y);
  }
  all.name = "all";
  all.edid.clear();
  all.width = right - all.x;
  all.height = bottom - all.y;
  all.primary = false;
  return all;
}

constexpr char twin_mark[] = " @";  // before the connector

std::string twin_text(const std::string& edid, const std::string& connector) {
  return edid + twin_mark + connector;
}

// The EDID text of `monitor` as the monitor itself tells it.
std::string own_edid(const std::string& edid, const std::string& connector) {
  const std::string mark = twin_mark + connector;
  return edid.ends_with(mark) ? edid.substr(0, edid.size() - mark.size()) : edid;
}

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

common::Result<Monitor> by_index(const Monitors& monitors, const std::string& asked) {
  std::size_t index = 0;
  const auto [end, failure] = std::from_chars(asked.data(), asked.data() + asked.size(), index);
  if (failure != std::errc() || index >= monitors.size())
    return not_there(monitors, "no monitor has index " + asked + " (counted from 0)");
  return monitors[index];
}

common::Result<Monitor> by_edid(const Monitors& monitors, const std::string& asked) {
  const Monitor* found = nullptr;
  for (const Monitor& monitor : monitors) {
    if (lower(monitor.edid).find(lower(asked)) == std::string::npos) continue;
    if (found != nullptr) return not_there(monitors, "\"" + asked + "\" fits more than one");
    found = &monitor;
  }
  if (found == nullptr) return not_there(monitors, "\"" + asked + "\" is not connected");
  return *found;
}

}  // namespace

std::string describe(const Monitors& monitors) {
  std::string text;
  for (const Monitor& monitor : monitors) {
    if (!text.empty()) text += ", ";
    text += monitor.name + " " + geometry(monitor);
    if (monitor.primary) text += " primary";
    if (!monitor.edid.empty()) text += " (" + monitor.edid + ")";
  }
  return text.empty() ? "none" : text;
}

common::Result<Monitor> choose_monitor(const Monitors& monitors, const std::string& asked) {
  if (monitors.empty()) return not_there(monitors, "no monitor is connected");
  if (asked.empty())
    return not_there(monitors, "no monitor is named; write \"second\", \"primary\", \"all\" or one of these");
  for (const Monitor& monitor : monitors)
    if (monitor.name == asked) return monitor;
  if (asked == "second") return second_of(monitors);
  if (asked == "primary") return primary_of(monitors);
  if (asked == "all") return around_all(monitors);
  if (is_number(asked)) return by_index(monitors, asked);
  return by_edid(monitors, asked);
}

void tell_twins_apart(Monitors& monitors) {
  std::vector<std::string> edids;
  for (const Monitor& monitor : monitors) edids.push_back(monitor.edid);
  for (Monitor& monitor : monitors)
    if (!monitor.edid.empty() && std::count(edids.begin(), edids.end(), monitor.edid) > 1)
      monitor.edid = twin_text(monitor.edid, monitor.name);
}

common::Result<Monitor> find_again(const Monitors& monitors, const common::ChosenMonitor& chosen) {
  const std::string edid = own_edid(chosen.edid, chosen.name);
  const bool is_twin = edid != chosen.edid;
  const auto same_edid = [&](const Monitor& m) { return own_edid(m.edid, m.name) == edid; };
  for (const Monitor& monitor : monitors)
    if (monitor.name == chosen.name && same_edid(monitor)) return monitor;
  if (!edid.empty() && !is_twin && std::count_if(monitors.begin(), monitors.end(), same_edid) == 1)
    return *std::find_if(monitors.begin(), monitors.end(), same_edid);
  return not_there(monitors, chosen.name + (chosen.edid.empty() ? "" : " (" + chosen.edid + ")") +
                                 " was captured and is not connected any more");
}

}  // namespace worker
