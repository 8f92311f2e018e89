#include "supervisor/daemon/daemon.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdio>

#include "common/version.h"
#include "supervisor/daemon/auth_file.h"
#include "supervisor/daemon/logging.h"
#include "supervisor/daemon/plans.h"
#include "supervisor/process/orphan_sweep.h"
#include "supervisor/report/event_json.h"
#include "supervisor/report/status_json.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;

constexpr auto tick_interval = 1s;
constexpr auto listen_retry = 1s;
constexpr auto listen_retry_slow = 10s;
constexpr int listen_attempts_fast = 30;
constexpr int exit_temporary = 75;                  // sysexits: another instance
constexpr int exit_config = 78;                     // the same: certificate or key do not do
constexpr std::uint64_t exceptions_told_max = 100;  // then one of so many
constexpr auto shut_down_spare = 1s;                // above the time that a worker may take to end
constexpr auto status_gather = 50ms;                // several changes at once become one status event

MonoTime now() {
  return std::chrono::steady_clock::now();
}
WallTime wall_now() {
  return std::chrono::system_clock::now();
}

ProcessIdentity make_identity(const std::string& worker_program) {
  const auto wall_ms = wall_now().time_since_epoch() / 1ms;
  const auto mono_ms = now().time_since_epoch() / 1ms;
  char session[17];
  std::snprintf(session, sizeof session, "%llx", static_cast<unsigned long long>(wall_ms / 100));
  return {session, wall_ms - mono_ms, worker_program};
}

// Every viewer is a descriptor, every segment of the window too.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string watched_disk(const Config& config) {
  for (const Stream& stream : config.streams) {
    if (!stream.hls.output_dir.empty()) return stream.hls.output_dir;
  }
  return "/";
}

}  // namespace

Daemon::Daemon(DaemonPlan plan)
    : plan_(std::move(plan)),
      identity_(make_identity(plan_.worker_program)),
      signals_(loop_, SIGTERM, SIGINT, SIGHUP),
      tick_timer_(loop_),
      deadline_timer_(loop_),
      events_(identity_.session),
      log_lines_(identity_.session),
      errors_(plan_.loaded.config.streams.front().errors.error_window),
      observation_(watched_disk(plan_.loaded.config), plan_.loaded.config.monitoring),
      survival_(loop_, {plan_.loaded.config.server, plan_.config_path, plan_.worker_program}),
      probes_(loop_, plan_.worker_program) {}

Daemon::~Daemon() {
  stop_logging(exit_code_);
}

int Daemon::run() {
  ::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  const auto subreaper = become_subreaper();
  start_logging(plan_.loaded.config.log, [this](LogEntry entry) {
    boost::asio::post(loop_, [this, entry = std::move(entry)]() mutable { take_log(std::move(entry)); });
  });
  spdlog::info("desktop-streamer {} starts with {}", common::version,
               plan_.config_path.empty() ? "default settings" : plan_.config_path);
  if (!subreaper) spdlog::warn("grandchildren of workers cannot be swept: {}", subreaper.error().reason);
  for (const ConfigProblem& warning : plan_.loaded.warnings) spdlog::warn("{}", format_problem(warning));
  if (const auto alone = survival_.begin(); !alone) {
    spdlog::error("{}", alone.error().reason);
    return exit_temporary;
  }
  serve();
  return exit_code_;
}

void Daemon::serve() {
  Server server = plan_.loaded.config.server;
  server.state_dir = survival_.state_directory();
  incidents_ = std::make_unique<IncidentDesk>(loop_, events_, incident_plan(server));
  history_ = std::make_unique<HistoryDesk>(loop_, survival_.state_directory(), [this] { return snapshot(); });
  begin_self_probe();
  config_ = std::make_unique<ConfigDesk>(
      loop_,
      ConfigDeskPlan{
          {plan_.config_path, plan_.watchdog_config_path}, plan_.listen, plan_.loaded, plan_.as_written},
      config_hooks());
  auth_ = open_auth_desk(loop_, server);
  std::uint64_t seed = static_cast<std::uint64_t>(::getpid());
  for (const Stream& stream : plan_.loaded.config.streams) add_stream(stream, ++seed);
  alerts_ = std::make_unique<AlertDesk>(loop_, events_,
                                        alert_plan(plan_.loaded.config, survival_.state_directory()),
                                        [this] { return snapshot(); });
  fill_services();
  http_ = std::make_unique<HttpServer>(loop_, services_, http_settings(server));
  tls_ = std::make_unique<TlsDesk>(*http_);
  if (const auto secured = tls_->begin(server.tls); !secured) {
    spdlog::error("server.tls: {}", secured.error().reason);
    exit_code_ = exit_config;
    return;
  }
  alerts_->certificate().on_reading(
      [this](const Tls& from, const CertificateWatch::Answer& reading) { tls_->take(from, reading); });
  open_listeners();
  wait_for_signal();
  tick();
  for (Channel& channel : channels_) channel.runner->start();
  survival_.serving();
  alerts_->start();
  history_->start();
  self_probe_->start();
  run_loop();
  survival_.finish();
}

// What a handler throws must not end the service: it is counted, said, and the loop goes on.
void Daemon::run_loop() {
  for (;;) {
    try {
      loop_.run();
      return;
    } catch (const std::exception& failure) {
      if (++exceptions_ <= exceptions_told_max || exceptions_ % exceptions_told_max == 0) {
        spdlog::error("an exception reached the event loop ({} so far): {}", exceptions_, failure.what());
      }
    } catch (...) {
      ++exceptions_;
      spdlog::error("something unknown was thrown into the event loop");
    }
  }
}

void Daemon::add_stream(const Stream& config, std::uint64_t seed) {
  Channel channel;
  channel.config = config;
  const std::string name = config.name;
  StreamPlan plan = stream_plan(config, identity_, seed);
  plan.sampling = sampling_settings(plan_.loaded.config.log);
  survival_.prepare(plan, config.hls.output_dir);
  channel.runner = std::make_unique<StreamRunner>(
      loop_, std::move(plan),
      [this, name](const std::string& level, std::uint64_t generation, const std::string& text) {
        log(name, level, generation, text);
      });
  channel.runner->on_state_change([this, runner = channel.runner.get()] {
    incidents_->observe(*runner);
    survival_.changed();
    publish_status();
  });
  channel.runner->on_switch([this, name](const SwitchSnapshot& one) {
    events_.publish("switch", switch_event_json(name, one));
    survival_.changed();
    publish_status();
  });
  history_->add_stream(*channel.runner);
  if (auto settings = mirror_settings(config)) {
    channel.mirror = std::make_unique<DiskMirror>(*settings);
    channel.runner->stream().on_segment(
        [mirror = channel.mirror.get()](const MirrorUpdate& update) { mirror->offer(update); });
  }
  incidents_->add_stream(*channel.runner, channel.mirror.get());
  survival_.attach(*channel.runner);
  channels_.push_back(std::move(channel));
}

void Daemon::open_listeners() {
  for (const std::string& address : plan_.loaded.config.server.listen) retry_listener({address, 0});
}

void Daemon::retry_listener(PendingListener pending) {
  if (stopping_) return;
  const auto bound = survival_.listen(*http_, pending.address);
  if (bound) {
    const std::string root = (tls_->is_secured() ? "https://" : "http://") + http_->addresses().back();
    spdlog::info("serving {}/ (stream: {}/hls/{}/playlist.m3u8)", root, root,
                 plan_.loaded.config.streams.front().name);
    return;
  }
  ++pending.attempts;
  const bool slow = pending.attempts >= listen_attempts_fast;
  if (!slow || pending.attempts == listen_attempts_fast) {
    spdlog::error("{}; trying again (set server.listen or --listen to use another port)",
                  bound.error().reason);
  }
  auto timer = std::make_shared<Timer>(loop_, slow ? listen_retry_slow : listen_retry);
  timer->async_wait([this, timer, pending](boost::system::error_code failure) {
    if (!failure) retry_listener(pending);
  });
}

void Daemon::wait_for_signal() {
  signals_.async_wait([this](boost::system::error_code failure, int number) {
    if (failure) return;
    on_signal(number);
    wait_for_signal();
  });
}

void Daemon::on_signal(int number) {
  if (number == SIGHUP) {
    if (!stopping_) config_->reload({});
  } else if (!stopping_) {
    shut_down(number);
  } else {
    spdlog::warn("signal {} again: leaving at once", number);
    loop_.stop();
  }
}

void Daemon::shut_down(int number) {
  stopping_ = true;
  incidents_->say_goodbye();
  alerts_->stop();
  history_->stop();
  self_probe_->stop();
  spdlog::info("signal {}: stopping the workers", number);
  survival_.stopping();
  tick_timer_.cancel();
  end_at_the_latest();
  auto left = std::make_shared<std::size_t>(channels_.size());
  for (Channel& channel : channels_) {
    channel.runner->shut_down([this, left] {
      if (--*left > 0) return;
      http_->close([this] {
        spdlog::info("stopped");
        deadline_timer_.cancel();
        loop_.stop();
      });
    });
  }
}

// Whatever does not end: the process does.
void Daemon::end_at_the_latest() {
  std::chrono::milliseconds limit{0};
  for (const Channel& channel : channels_) {
    limit = std::max(limit, channel.config.timers.term + channel.config.timers.kill);
  }
  deadline_timer_.expires_after(limit + shut_down_spare);
  deadline_timer_.async_wait([this](boost::system::error_code failure) {
    if (failure) return;
    for (const Channel& channel : channels_) {
      for (const int pid : channel.runner->pids())
        spdlog::error("worker {} cannot be ended; it is left behind", pid);
    }
    loop_.stop();
  });
}

ConfigHooks Daemon::config_hooks() {
  return {.begun = [this] { survival_.reloading(); },
          .ended = [this] { survival_.reloaded(); },
          .put_in_force = [this](const ConfigChange& change) { apply(change); },
          .changed = [this] { publish_status(); }};
}

void Daemon::apply(const ConfigChange& change) {
  const DeadMan::Step step("a new configuration");
  for (const std::string& name : change.streams) {
    Channel* channel = find(name);
    const auto wanted = std::find_if(change.in_force.streams.begin(), change.in_force.streams.end(),
                                     [&name](const Stream& stream) { return stream.name == name; });
    if (!channel || wanted == change.in_force.streams.end()) continue;
    channel->config = *wanted;
    channel->runner->reconfigure(stream_plan(*wanted, identity_, channel->runner->plan().seed));
  }
  auth_->configure(auth_settings(change.in_force.server.auth));
  observation_.reconfigure(change.in_force.monitoring);
  self_probe_->set_interval(change.in_force.monitoring.self_probe_interval);
  alerts_->apply(change.in_force);
}

void Daemon::tick() {
  if (stopping_) return;
  for (const auto& news : observation_.check(now(), wall_now())) {
    spdlog::log(news.is_warning ? spdlog::level::warn : spdlog::level::info, "{}", news.text);
  }
  publish_status();
  tick_timer_.expires_after(tick_interval);
  tick_timer_.async_wait([this](boost::system::error_code failure) {
    if (!failure) tick();
  });
}

void Daemon::publish_status() {
  if (status_pending_ || stopping_) return;
  status_pending_ = true;
  auto timer = std::make_shared<Timer>(loop_, status_gather);
  timer->async_wait([this, timer](boost::system::error_code) {
    status_pending_ = false;
    if (events_.listeners() > 0) events_.publish("status", status_json(snapshot(), wall_now()));
  });
}

void Daemon::take_log(LogEntry entry) {
  const DeadMan::Step step("a log line");
  const LogEntry& kept = log_buffer_.add(std::move(entry));
  if (kept.level == LogLevel::Error || (kept.level == LogLevel::Warn && !kept.stream.empty())) {
    errors_.add(kept.text, now());
  }
  const std::string json = log_event_json(kept);
  log_lines_.publish("log", json);
  events_.publish("log", json);
}

void Daemon::log(const std::string& stream, const std::string& level, std::uint64_t generation,
                 const std::string& text) {
  spdlog::log(spdlog::level::from_str(level == "warn" ? "warning" : level), "{}{}",
              log_prefix(stream, generation), text);
}

Daemon::Channel* Daemon::find(std::string_view name) {
  for (Channel& channel : channels_) {
    if (channel.config.name == name) return &channel;
  }
  return nullptr;
}

Snapshot Daemon::snapshot() {
  const DeadMan::Step step("a snapshot of what is true");
  const MonoTime at = now();
  Snapshot all;
  all.version = common::version;
  all.uptime_seconds = std::chrono::duration<double>(at - started_).count();
  all.config_error = config_->error();
  errors_.fill(all, at);
  observation_.fill(all.system, at);
  for (Channel& channel : channels_) {
    StreamSnapshot stream = channel.runner->snapshot(at);
    incidents_->fill(stream);
    observation_.fill(stream, at);
    self_probe_->fill(stream, at);
    stream.viewers = http_ ? http_->viewers(stream.name) : 0;
    if (channel.mirror) {
      const DiskMirrorFacts facts = channel.mirror->facts();
      stream.mirror_error = facts.error;
      stream.mirror_bytes = facts.bytes;
    }
    all.streams.push_back(std::move(stream));
  }
  return all;
}

}  // namespace supervisor
