// The self-probe as this daemon runs it: what it looks at, and who is told of the news.
#include <array>
#include <cstdio>
#include <random>

#include "supervisor/daemon/daemon.h"
#include "supervisor/report/event_json.h"

namespace supervisor {
namespace {

// What tells the self-probe from everybody else; new with each process, and told to nobody.
std::string secret_agent() {
  std::random_device random;
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "desktop-streamer-self-probe/%08x%08x%08x%08x", random(), random(),
                random(), random());
  return text.data();
}

}  // namespace

void Daemon::begin_self_probe() {
  services_.probe_agent = secret_agent();
  ProbeWorld world;
  world.targets = [this] {
    std::vector<ProbeTarget> targets;
    const auto at = std::chrono::steady_clock::now();
    for (const Channel& channel : channels_) {
      const StreamSnapshot stream = channel.runner->snapshot(at);
      if (!stream.desired_up || stream.on_air == StreamSnapshot::OnAir::Nothing) continue;
      targets.push_back({stream.name, channel.runner->plan().publishing.grid.origin_ns});
    }
    return targets;
  };
  world.listeners = [this] { return http_ ? http_->addresses() : std::vector<std::string>(); };
  world.is_secured = [this] { return tls_ && tls_->is_secured(); };
  world.changed = [this](const std::string& stream, const std::string& error) {
    if (error.empty()) {
      log(stream, "info", 0, "self-probe: it can be played again");
    } else {
      log(stream, "warn", 0, "self-probe: " + error);
    }
    const Snapshot all = snapshot();
    for (const StreamSnapshot& one : all.streams) {
      if (one.name == stream) events_.publish("self_probe", self_probe_event_json(one));
    }
    publish_status();
  };
  self_probe_ = std::make_unique<SelfProbe>(loop_, plan_.loaded.config.monitoring.self_probe_interval,
                                            services_.probe_agent, std::move(world));
}

}  // namespace supervisor
