// What the HTTP room may ask, answered from memory.
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "dashboard/assets.h"
#include "supervisor/daemon/daemon.h"
#include "supervisor/daemon/logging.h"
#include "supervisor/daemon/service_facts.h"
#include "supervisor/report/metrics.h"
#include "supervisor/report/own_process.h"
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
  services_.is_ready = [this] { return !stopping_ && is_ready(snapshot()); };
  services_.history_json = [this](std::string_view range) { return history_->json(range); };
  services_.metrics_text = [this] {
    ServiceFacts facts;
    facts.process = read_own_process();
    if (http_) facts.http = http_facts(*http_, events_.listeners() + log_lines_.listeners());
    facts.log = log_facts(log_buffer_, log_lines_lost());
    alerts_->fill(facts);
    return metrics_text(snapshot(), incidents_->reliability(), facts);
  };
  services_.monitors_json = [this] { return monitors_json(); };
  services_.encoders_json = [this] { return probes_.encoders_json(); };
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
  services_.switch_input = [this](std::string_view stream, std::optional<int> priority) {
    return switch_input(stream, priority);
  };
  services_.cleanup = [this](std::string_view stream, std::function<void(CleanupOutcome)> done) {
    clean_up(stream, std::move(done));
  };
  services_.find_asset = &find_page_file;
  services_.auth = auth_.get();
  config_->fill(services_);
  incidents_->fill(services_);
  alerts_->fill(services_);
  services_.events = &events_;
  services_.log_lines = &log_lines_;
  services_.host_names = config_->in_force().server.hosts;
  services_.host_names.push_back(machine_name());
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
      case CommandVerb::Pause:
        channel.runner->pause();
        break;
      case CommandVerb::Resume:
        channel.runner->resume();
        break;
    }
  }
  // Whatever ends this process in the next moment: what the operator hid stays hidden.
  if (verb == CommandVerb::Pause || verb == CommandVerb::Resume) survival_.changed_for_good();
  if (found) return {};
  return {CommandOutcome::Kind::UnknownStream, "no stream of this name; GET /api/status lists them", {}};
}

CommandOutcome Daemon::switch_input(std::string_view stream, std::optional<int> priority) {
  using Kind = CommandOutcome::Kind;
  Channel* channel = find(stream);
  if (!channel) return {Kind::UnknownStream, {}, {}};
  const auto last = static_cast<int>(channel->runner->plan().settings.inputs.size()) - 1;
  if (priority && (*priority < 0 || *priority > last))
    return {Kind::UnknownInput,
            "There is no input of this priority; this stream has 0 to " + std::to_string(last) + ".",
            {}};
  const auto switched = channel->runner->switch_input(priority);
  if (!switched) return {Kind::Refused, switched.error().reason, {}};
  survival_.changed();
  return {};
}

void Daemon::clean_up(std::string_view stream, std::function<void(CleanupOutcome)> done) {
  using Kind = CleanupOutcome::Kind;
  Channel* channel = find(stream);
  if (!channel) return done({.kind = Kind::UnknownStream, .reason = {}});
  if (!channel->mirror) {
    return done({.kind = Kind::NoDirectory,
                 .reason = "hls.output_dir of this stream is not set: nothing is written to a disk, so there "
                           "is nothing to clean up."});
  }
  // Answered on the mirror's thread.
  channel->mirror->clean_up(
      channel->runner->stream().mirror_update(),
      [this, done = std::move(done)](const common::Result<MirrorRemoved>& removed) {
        boost::asio::post(loop_, [done, removed] {
          if (!removed) return done({.kind = Kind::Failed, .reason = removed.error().reason + "."});
          done({.removed_files = removed->files, .freed_bytes = removed->bytes, .reason = {}});
        });
      });
}

std::optional<std::string> Daemon::monitors_json() {
  std::vector<ProbeAnswers::StreamMonitors> streams;
  const auto now = std::chrono::steady_clock::now();
  for (Channel& channel : channels_) {
    ProbeAnswers::StreamMonitors one{channel.config.name, channel.runner->snapshot(now).monitors};
    for (const auto& input : channel.config.inputs) {
      if (input.type == "x11" && !one.x11) one.x11 = input;
    }
    streams.push_back(std::move(one));
  }
  return probes_.monitors_json(streams);
}

}  // namespace supervisor
