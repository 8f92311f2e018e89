#include <algorithm>
#include <set>

#include "supervisor/config/walk.h"

namespace supervisor {
namespace {

std::string item(const std::string& list, std::size_t index) {
  return list + "/" + std::to_string(index);
}

void check_absolute(const std::string& path, const std::string& pointer, Findings& findings) {
  if (path.empty() || path.front() == '/') return;
  findings.error(pointer,
                 "is " + in_quotes(path) + "; allowed: an absolute path (it begins with /), or \"\"");
}

void check_server(const Server& server, Findings& findings) {
  check_absolute(server.runtime_dir, "/server/runtime_dir", findings);
  check_absolute(server.state_dir, "/server/state_dir", findings);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < server.listen.size(); ++i) {
    const std::string pointer = item("/server/listen", i);
    const auto address = check_listen(server.listen[i], server.insecure_lan);
    if (!address) {
      findings.error(pointer, address.error().reason);
    } else if (!seen.insert(server.listen[i]).second && address->port != 0) {
      findings.error(pointer, in_quotes(server.listen[i]) + " is listed twice; leave one out");
    }
  }
}

bool is_stream_name(const std::string& name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), is_allowed);
}

void check_names(const Config& config, Findings& findings) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < config.streams.size(); ++i) {
    const std::string& name = config.streams[i].name;
    const std::string pointer = item("/streams", i) + "/name";
    if (!findings.is_written(pointer)) continue;  // reported as missing
    if (!is_stream_name(name)) {
      findings.error(pointer, "is the text " + in_quotes(name) + "; allowed: 1 to 32 of a-z, 0-9, _ and -");
    } else if (!seen.insert(name).second) {
      findings.error(pointer, "two streams are named " + in_quotes(name) + "; names are unique");
    }
  }
}

void check_input(const common::InputSettings& input, const std::string& pointer, Findings& findings) {
  if (input.type == "url" || input.type == "file" || input.type == "device") {
    findings.error(pointer + "/type",
                   in_quotes(input.type) + " is not available in this version; allowed: x11, pattern, slate");
  }
}

void check_even(int size, const std::string& pointer, Findings& findings) {
  if (size % 2 == 0) return;
  findings.error(pointer, "is " + std::to_string(size) + "; allowed: an even number, such as " +
                              std::to_string(size - 1));
}

void check_durations(const Stream& stream, const std::string& pointer, Findings& findings) {
  if (stream.hls.part_duration > stream.hls.segment_duration) {
    findings.error(pointer + "/hls/part_duration",
                   "is " + number_text(stream.hls.part_duration) + " s, above segment_duration (" +
                       number_text(stream.hls.segment_duration) + " s); allowed: at most segment_duration");
  }
  const auto seconds = [](Milliseconds time) {
    return number_text(static_cast<double>(time.count()) / 1000) + " s";
  };
  if (stream.restart.backoff_max < stream.restart.restart_delay) {
    findings.error(pointer + "/restart/backoff_max", "is " + seconds(stream.restart.backoff_max) +
                                                         ", below restart_delay (" +
                                                         seconds(stream.restart.restart_delay) + ")");
  }
  if (stream.timers.hold_max < stream.timers.hold) {
    findings.error(pointer + "/timers/hold_max", "is " + seconds(stream.timers.hold_max) + ", below hold (" +
                                                     seconds(stream.timers.hold) + ")");
  }
}

// Keys that are read but change nothing yet: whoever sets one must not believe it works.
void check_idle_keys(const Stream& stream, const std::string& pointer, Findings& findings) {
  for (const char* name : {"display_auth", "geometry"}) {
    if (stream.restart.strategies.contains(name)) {
      findings.warning(pointer + "/restart/strategies/" + name,
                       "changes nothing: the worker mends this itself, at the pace of display_lost.delay");
    }
  }
}

void check_monitoring(const Monitoring& monitoring, Findings& findings) {
  Monitoring shown;  // what the status shows follows its own clock
  shown.check_interval = monitoring.check_interval;
  shown.disk_warn_percent = monitoring.disk_warn_percent;
  if (monitoring != shown) findings.warning("/monitoring", "is not acted on yet in this version");
}

void check_stream(const Stream& stream, const std::string& pointer, Findings& findings) {
  for (std::size_t i = 0; i < stream.inputs.size(); ++i) {
    check_input(stream.inputs[i], item(pointer + "/inputs", i), findings);
  }
  check_even(stream.video.width, pointer + "/video/width", findings);
  check_even(stream.video.height, pointer + "/video/height", findings);
  check_absolute(stream.hls.output_dir, pointer + "/hls/output_dir", findings);
  check_durations(stream, pointer, findings);
  check_idle_keys(stream, pointer, findings);
}

void check_alerts(const Alerts& alerts, Findings& findings) {
  const std::string unsent = "alerts are not sent yet in this version";
  if (alerts.email_alerts.enabled) findings.warning("/alerts/email_alerts/enabled", unsent);
  if (!alerts.email_alerts.password.empty()) {
    findings.warning(
        "/alerts/email_alerts/password",
        "a password in this file is seen by everybody who may read it; put it in a file of its own and "
        "name that in \"password_file\"");
  }
  for (std::size_t i = 0; i < alerts.webhook_alerts.size(); ++i) {
    if (alerts.webhook_alerts[i].enabled) {
      findings.warning(item("/alerts/webhook_alerts", i) + "/enabled", unsent);
    }
  }
}

}  // namespace

void check_config(const Config& config, Findings& findings) {
  check_server(config.server, findings);
  if (config.streams.empty()) findings.error("/streams", "is empty; at least one stream is needed");
  check_names(config, findings);
  for (std::size_t i = 0; i < config.streams.size(); ++i) {
    check_stream(config.streams[i], item("/streams", i), findings);
  }
  check_monitoring(config.monitoring, findings);
  check_alerts(config.alerts, findings);
  check_absolute(config.log.file, "/log/file", findings);
}

}  // namespace supervisor
