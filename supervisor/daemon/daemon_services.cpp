// What the HTTP room may ask, answered from memory.
#include <unistd.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "dashboard/assets.h"
#include "supervisor/daemon/daemon.h"
#include "supervisor/report/metrics.h"
#include "supervisor/report/status_json.h"

namespace supervisor {
namespace {

WallTime wall_now() {
  return std::chrono::system_clock::now();
}

std::string machine_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

const Asset* find_page_file(std::string_view path) {
  static const std::map<std::string_view, Asset> files = [] {
    std::map<std::string_view, Asset> by_path;
    for (const dashboard::Asset& a : dashboard::assets()) {
      by_path[a.path] = {a.bytes, a.gzipped, a.content_type, a.etag, a.immutable};
    }
    return by_path;
  }();
  const auto found = files.find(path);
  return found == files.end() ? nullptr : &found->second;
}

}  // namespace

void Daemon::fill_services() {
  services_.find_stream = [this](std::string_view name) -> LiveStream* {
    Channel* channel = find(name);
    return channel ? &channel->runner->stream() : nullptr;
  };
  services_.status_json = [this] { return status_json(snapshot(), wall_now()); };
  services_.health = [this] {
    HealthReply reply = health_json(snapshot(), wall_now());
    return HealthAnswer{reply.ok, std::move(reply.json)};
  };
  services_.health_detailed_json = [this] {
    return health_detailed_json(snapshot(), wall_now(), incidents_->reliability()).json;
  };
  services_.metrics_text = [this] { return metrics_text(snapshot(), incidents_->reliability()); };
  services_.monitors_json = [this] { return monitors_json(); };
  services_.logs_json = [this](const LogRequest& request) {
    std::map<std::string, std::string> wanted = {{"limit", std::to_string(request.limit)}};
    if (!request.level.empty()) wanted["level"] = request.level;
    if (!request.stream.empty()) wanted["stream"] = request.stream;
    if (!request.since.empty()) wanted["since"] = request.since;
    if (auto filter = parse_log_filter(wanted)) return log_buffer_.select_json(*filter);
    wanted.erase("since");  // a time that cannot be read filters nothing; the router checked the rest
    return log_buffer_.select_json(parse_log_filter(wanted).value());
  };
  services_.command = [this](std::string_view stream, CommandVerb verb) { return command(stream, verb); };
  services_.find_asset = &find_page_file;
  incidents_->fill(services_);
  services_.events = &events_;
  services_.log_lines = &log_lines_;
  services_.host_names = {machine_name()};
}

CommandOutcome Daemon::command(std::string_view stream, CommandVerb verb) {
  bool found = false;
  for (Channel& channel : channels_) {
    if (!stream.empty() && channel.config.name != stream) continue;
    found = true;
    switch (verb) {
      case CommandVerb::Start:
        channel.runner->start();
        break;
      case CommandVerb::Stop:
        channel.runner->stop();
        break;
      case CommandVerb::Restart:
        channel.runner->restart();
        break;
    }
  }
  if (found) return {};
  return {CommandOutcome::Kind::UnknownStream, "no stream of this name; GET /api/status lists them", {}};
}

std::string Daemon::monitors_json() {
  nlohmann::json list = nlohmann::json::array();
  for (const StreamSnapshot& stream : snapshot().streams) {
    for (const common::Monitor& m : stream.monitors) {
      list.push_back({{"stream", stream.name},
                      {"name", m.name},
                      {"edid", m.edid},
                      {"x", m.x},
                      {"y", m.y},
                      {"width", m.width},
                      {"height", m.height},
                      {"primary", m.primary},
                      {"captured", m.captured}});
    }
  }
  return nlohmann::json{{"monitors", std::move(list)}}.dump(-1, ' ', false,
                                                            nlohmann::json::error_handler_t::replace);
}

}  // namespace supervisor
