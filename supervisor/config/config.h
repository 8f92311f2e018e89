// What the operator asked for, as plain data. The initial values here are the defaults of the configuration
// file; ranges, words and descriptions stand in tables.cpp, which parses, renders and documents these
// structs.
//
// Names are the keys of the file. Durations are chrono types (seconds, with fractions, in the file) except
// those that go into the picture grid, which stay `double` seconds. Pure: no file, no clock. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/worker_settings.h"

namespace supervisor {

using Milliseconds = std::chrono::milliseconds;

struct ServerLimits {
  int header_bytes_max = 8192;  // request line and headers
  int body_bytes_max = 65536;
  int connections_max = 1024;
  Milliseconds header_timeout{
      5'000};  // from the connection, or the end of the last reply, to the whole header
  Milliseconds idle_timeout{60'000};  // a connection kept alive with no request
  friend bool operator==(const ServerLimits&, const ServerLimits&) = default;
};

// Somebody with a password, for the dashboard and for players.
struct AuthUser {
  std::string name;
  std::string role = "viewer";  // viewer | operator
  std::string password_hash;    // secret; see parse_password_hash
  friend bool operator==(const AuthUser&, const AuthUser&) = default;
};

// A program.
struct AuthToken {
  std::string name;
  std::string role = "viewer";
  std::string token_hash;  // secret; see parse_token_hash
  friend bool operator==(const AuthToken&, const AuthToken&) = default;
};

// No users and no tokens: nobody needs credentials.
struct Auth {
  std::vector<AuthUser> users;
  std::vector<AuthToken> tokens;
  bool public_media = false;  // the streams need none either way
  double session_hours = 12;
  int login_attempts = 5;  // of an address, before each further one waits
  Milliseconds login_delay{1'000};
  Milliseconds login_delay_max{60'000};
  friend bool operator==(const Auth&, const Auth&) = default;
};

struct Tls {
  std::string certificate;  // absolute path, PEM; looked after (alert rule certificate). Empty: none
  std::string key;          // the same; empty: a proxy in front speaks HTTPS, if anybody does
  friend bool operator==(const Tls&, const Tls&) = default;
};

struct Server {
  std::vector<std::string> listen = {"127.0.0.1:8080"};  // see parse_listen
  std::vector<std::string> hosts;  // names it is asked by, beside that of the machine; see check_host
  bool insecure_lan = false;       // without it, only loopback addresses
  // Absolute path: lock, published window and journal, for the successor of this process; a tmpfs is best.
  // Empty: chosen by supervisor/keep (systemd's RUNTIME_DIRECTORY, XDG_RUNTIME_DIR, /run).
  std::string runtime_dir;
  // Absolute path: intent, backoff, incidents. Empty: STATE_DIRECTORY, XDG_STATE_HOME, or runtime_dir.
  std::string state_dir;
  bool drill = false;  // controlled faults may be asked for over the API
  int threads = 1;     // that serve media
  Tls tls;
  Auth auth;
  ServerLimits limits;
  friend bool operator==(const Server&, const Server&) = default;
};

struct Hls {
  double segment_duration = 2;  // seconds
  double part_duration = 0.2;   // seconds
  int window_segments = 10;
  bool low_latency = true;
  std::string output_dir;       // empty: nothing is written to disk
  unsigned output_mode = 0755;  // of output_dir
  int dvr_seconds = 0;
  friend bool operator==(const Hls&, const Hls&) = default;
};

// What one failure class (supervision.md) does differently.
struct Strategy {
  Milliseconds delay{0};      // 0: the class's own rule
  double multiplier = 0;      // 0: restart.backoff_multiplier
  Milliseconds cap{0};        // 0: restart.backoff_max
  int max_attempts = 0;       // 0: no limit of its own
  std::string at_limit = {};  // hold | block | software_encoder | reduce; empty: the class's own rule
  friend bool operator==(const Strategy&, const Strategy&) = default;
};

struct Restart {
  int max_restarts = 10;  // lives without media in restart_window, then hold
  Milliseconds restart_window{600'000};
  Milliseconds restart_delay{250};
  double backoff_multiplier = 2;
  Milliseconds backoff_max{30'000};
  Milliseconds stable_after{60'000};
  std::map<std::string, Strategy> strategies = {{"display_lost", Strategy{.delay = Milliseconds(500)}},
                                                {"encoder", Strategy{.max_attempts = 2}}};
  friend bool operator==(const Restart&, const Restart&) = default;
};

struct Errors {
  int max_errors = 5;
  Milliseconds error_window{300'000};
  friend bool operator==(const Errors&, const Errors&) = default;
};

struct WorkerLimits {
  int worker_memory_mb = 1024;   // MiB; 0: no limit
  int worker_cpu_percent = 400;  // 100 is one core; 0: no limit
  int for_seconds = 30;
  friend bool operator==(const WorkerLimits&, const WorkerLimits&) = default;
};

// The timers of supervision.md.
struct Timers {
  Milliseconds exec{1'000};
  Milliseconds hello{5'000};
  Milliseconds first_media{15'000};
  Milliseconds heartbeat{1'000};
  Milliseconds progress{0};  // 0: max(3 x segment_duration, 6 s); see progress_timeout
  Milliseconds term{3'000};
  Milliseconds kill{2'000};
  Milliseconds hold{300'000};  // doubles up to hold_max
  Milliseconds hold_max{1'800'000};
  friend bool operator==(const Timers&, const Timers&) = default;
};

inline common::InputSettings input_of_type(const char* type) {
  common::InputSettings input;
  input.type = type;
  return input;
}

// The slate that is there without being written: what its text, image and background are.
struct ImplicitSlate {
  std::string text;
  std::string image;                  // file
  std::string background = "dimmed";  // dimmed | plain
  friend bool operator==(const ImplicitSlate&, const ImplicitSlate&) = default;
};

// When another input is shown (supervision.md, Input selector).
struct Selector {
  Milliseconds suspect_after{2'000};
  Milliseconds timeout{4'000};
  Milliseconds stable_time{30'000};
  Milliseconds dwell_time{60'000};
  int warm = 1;  // inputs kept open beside the one on air
  Milliseconds probe_interval{1'000};
  Milliseconds probe_interval_max{5'000};
  Milliseconds probe_timeout{10'000};
  int penalty = 1000;
  Milliseconds penalty_half_life{60'000};
  int penalty_suppress = 2000;
  int penalty_reuse = 750;
  int stuck_max = 3;  // threads that could not be stopped
  friend bool operator==(const Selector&, const Selector&) = default;
};

struct Stream {
  std::string name = "desktop";  // [a-z0-9_-]{1,32}
  std::vector<common::InputSettings> inputs = {input_of_type("x11"), input_of_type("slate")};
  ImplicitSlate slate;
  Selector selector;
  common::VideoSettings video;
  Hls hls;
  std::string standby = "hot";  // hot | off
  bool sandbox = true;          // worker/sandbox
  bool on_demand = false;       // always false in this version
  Restart restart;
  Errors errors;
  WorkerLimits limits;
  Timers timers;
  friend bool operator==(const Stream&, const Stream&) = default;
};

// The seed's switches: false means alert, do not act.
struct AutoRecovery {
  bool service_restart = true;
  bool stream_restart = true;
  bool resource_monitoring = true;
  friend bool operator==(const AutoRecovery&, const AutoRecovery&) = default;
};

struct Monitoring {
  Milliseconds check_interval{5'000};
  Milliseconds self_probe_interval{5'000};  // 0: off
  int cpu_warn_percent = 90;
  int memory_warn_percent = 90;
  int disk_warn_percent = 90;
  AutoRecovery auto_recovery;
  friend bool operator==(const Monitoring&, const Monitoring&) = default;
};

struct EmailAlerts {
  bool enabled = false;
  std::string smtp_server;
  int smtp_port = 587;
  bool use_tls = true;
  std::string from_email;
  std::string to_email;
  std::string username;
  std::string password;  // secret; the seed's key, password_file is better
  std::string password_file;
  std::string ca_file;                // certificates to trust; empty: the system's
  std::string min_severity = "info";  // info | warning | critical
  friend bool operator==(const EmailAlerts&, const EmailAlerts&) = default;
};

struct WebhookAlerts {
  bool enabled = false;
  std::string url;  // secret: most receivers put their key in it
  std::string url_file;
  std::string format = "slack";  // slack | discord | json
  std::string secret_file;       // json: key of the signature; empty: not signed
  bool allow_private = false;
  std::string ca_file;
  std::string min_severity = "info";
  friend bool operator==(const WebhookAlerts&, const WebhookAlerts&) = default;
};

// An address that is fetched while all is well: who hears nothing from it raises the alarm.
struct DeadManPing {
  std::string url;  // secret
  std::string url_file;
  Milliseconds interval{60'000};
  bool allow_private = false;
  std::string ca_file;
  friend bool operator==(const DeadManPing&, const DeadManPing&) = default;
};

struct Alerts {
  int max_alerts = 10;
  Milliseconds alert_cooldown{300'000};
  Milliseconds open_after{10'000};
  Milliseconds resolve_after{30'000};
  Milliseconds reminder_interval{14'400'000};  // 0: none
  Milliseconds retry_delay{10'000};
  int reply_timeout = 10;  // seconds, of each stage of a delivery
  EmailAlerts email_alerts;
  std::vector<WebhookAlerts> webhook_alerts;
  DeadManPing dead_man;
  friend bool operator==(const Alerts&, const Alerts&) = default;
};

struct Log {
  std::string level = "info";  // trace debug info warn error off
  std::string file;            // empty: standard error only
  int max_size_mb = 10;        // MiB
  int max_files = 5;
  std::string format = "text";  // text | json: of standard error and of the file
  // Of the lines of a worker: so many of a kind in each window, the rest is counted (process/line_sampler.h).
  int sample_lines = 10;
  Milliseconds sample_window{10'000};
  friend bool operator==(const Log&, const Log&) = default;
};

struct Config {
  Server server;
  std::vector<Stream> streams = {Stream{}};
  Monitoring monitoring;
  Alerts alerts;
  Log log;
  friend bool operator==(const Config&, const Config&) = default;
};

// The inputs of `stream` as a worker has them: a slate is put last when there is none.
std::vector<common::InputSettings> worker_inputs(const Stream& stream);

// What a worker of `stream` is told. `origin_ns`: CLOCK_MONOTONIC of
// the start of the stream's timeline.
common::WorkerSettings worker_settings(const Stream& stream, std::int64_t origin_ns);

// Timers::progress, or its default for the stream's segments when that is 0.
Milliseconds progress_timeout(const Stream& stream);

}  // namespace supervisor
