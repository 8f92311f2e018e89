#include "supervisor/daemon/config_change.h"

#include <algorithm>
#include <array>
#include <span>

#include "supervisor/config/difference.h"

namespace supervisor {
namespace {

bool is_below(const std::string& key, std::string_view section) {
  return key == section || (key.starts_with(section) && key[section.size()] == '.');
}

bool is_below_one_of(const std::string& key, std::span<const std::string_view> sections) {
  return std::any_of(sections.begin(), sections.end(),
                     [&key](std::string_view section) { return is_below(key, section); });
}

// Whether the listeners speak HTTPS is not changed while they are open; what they show is.
bool tls_can_change(const Tls& in_force, const Tls& wanted) {
  return in_force.key.empty() == wanted.key.empty();
}

bool waits_for_restart(const Difference& difference, bool tls_waits) {
  constexpr std::array at_once{std::string_view("server.auth"), std::string_view("alerts"),
                               std::string_view("monitoring")};
  constexpr std::array of_the_window{std::string_view("hls"), std::string_view("video.fps")};
  if (difference.stream.empty() && is_below(difference.key, "server.tls")) return tls_waits;
  if (difference.stream.empty()) return !is_below_one_of(difference.key, at_once);
  return difference.key.empty() || is_below_one_of(difference.key, of_the_window);
}

// What can be put in force of `wanted` while the stream runs.
Stream in_force_of(const Stream& running, Stream wanted) {
  wanted.hls = running.hls;
  wanted.video.fps = running.video.fps;
  return wanted;
}

}  // namespace

ConfigChange plan_change(const Config& in_force, const Config& wanted) {
  ConfigChange change;
  const bool tls_waits = !tls_can_change(in_force.server.tls, wanted.server.tls);
  for (const Difference& difference : differences(in_force, wanted)) {
    std::string text = difference.stream.empty() ? "" : difference.stream + ": ";
    text += difference.text;
    (waits_for_restart(difference, tls_waits) ? change.needs_restart : change.applied)
        .push_back(std::move(text));
  }
  change.in_force = in_force;
  change.in_force.server.auth = wanted.server.auth;
  if (!tls_waits) change.in_force.server.tls = wanted.server.tls;
  change.in_force.alerts = wanted.alerts;
  change.in_force.monitoring = wanted.monitoring;
  for (Stream& running : change.in_force.streams) {
    const auto found = std::find_if(wanted.streams.begin(), wanted.streams.end(),
                                    [&running](const Stream& stream) { return stream.name == running.name; });
    if (found == wanted.streams.end()) continue;
    Stream next = in_force_of(running, *found);
    if (next == running) continue;
    change.streams.push_back(running.name);
    running = std::move(next);
  }
  return change;
}

}  // namespace supervisor
