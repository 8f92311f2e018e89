// Puts the rooms together: configuration in, one runner for each stream, the HTTP server, logs, metrics and
// events out. The only room that knows all others, and it decides nothing they could. One event loop, one
// thread; what may block (disk mirror, disk usage, log output, reading a configuration) has a thread of its
// own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "supervisor/config/load.h"
#include "supervisor/daemon/alert_desk.h"
#include "supervisor/daemon/config_desk.h"
#include "supervisor/daemon/history_desk.h"
#include "supervisor/daemon/incident_desk.h"
#include "supervisor/daemon/observation.h"
#include "supervisor/daemon/plans.h"
#include "supervisor/daemon/probe_answers.h"
#include "supervisor/daemon/survival.h"
#include "supervisor/daemon/tls_desk.h"
#include "supervisor/http/auth_desk.h"
#include "supervisor/http/server.h"
#include "supervisor/media/disk_mirror.h"
#include "supervisor/probe/self_probe.h"
#include "supervisor/process/stream_runner.h"
#include "supervisor/report/log_buffer.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

struct DaemonPlan {
  LoadedConfig loaded;
  std::string config_path;           // empty: defaults; SIGHUP reads it again
  std::string watchdog_config_path;  // the seed's second file; empty: none
  std::string worker_program;
  Config as_written;   // the file at config_path alone, without `listen`
  std::string listen;  // --listen, in `loaded` already; empty: none
};

class Daemon {
 public:
  explicit Daemon(DaemonPlan plan);
  ~Daemon();

  // Serves until SIGTERM or SIGINT; the exit code (sysexits): 75 when another instance holds the lock.
  int run();

 private:
  using Timer = boost::asio::steady_timer;
  // One listener address that could not be bound yet.
  struct PendingListener {
    std::string address;
    int attempts = 0;
  };
  struct Channel {
    std::unique_ptr<StreamRunner> runner;
    std::unique_ptr<DiskMirror> mirror;  // null: no output_dir
    Stream config;
  };

  void serve();
  void run_loop();
  void add_stream(const Stream& config, std::uint64_t seed);
  void fill_services();
  void open_listeners();
  void retry_listener(PendingListener pending);
  void wait_for_signal();
  void on_signal(int number);
  ConfigHooks config_hooks();
  void apply(const ConfigChange& change);
  void shut_down(int number);
  void end_at_the_latest();
  void tick();
  void publish_status();
  void take_log(LogEntry entry);
  void log(const std::string& stream, const std::string& level, std::uint64_t generation,
           const std::string& text);

  void begin_self_probe();
  Channel* find(std::string_view name);
  Snapshot snapshot();
  CommandOutcome command(std::string_view stream, CommandVerb verb);
  CommandOutcome switch_input(std::string_view stream, std::optional<int> priority);
  void clean_up(std::string_view stream, std::function<void(CleanupOutcome)> done);
  std::optional<std::string> monitors_json();

  DaemonPlan plan_;
  ProcessIdentity identity_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_;
  Timer tick_timer_;
  Timer deadline_timer_;  // of the shutdown
  EventHub events_;
  EventHub log_lines_;
  LogBuffer log_buffer_;
  ErrorTally errors_;
  Observation observation_;
  Survival survival_;
  std::vector<Channel> channels_;
  ProbeAnswers probes_;
  std::unique_ptr<IncidentDesk> incidents_;
  std::unique_ptr<AlertDesk> alerts_;
  std::unique_ptr<HistoryDesk> history_;
  std::unique_ptr<SelfProbe> self_probe_;
  std::unique_ptr<ConfigDesk> config_;
  std::unique_ptr<AuthDesk> auth_;
  Services services_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<TlsDesk> tls_;
  std::string config_error_;
  bool stopping_ = false;
  bool reloading_ = false;
  bool reload_again_ = false;     // another SIGHUP came meanwhile
  std::uint64_t exceptions_ = 0;  // that reached the loop
  bool status_pending_ = false;
  common::MonoTime started_ = std::chrono::steady_clock::now();
  int exit_code_ = 0;
};

}  // namespace supervisor
