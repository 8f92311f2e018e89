// What is true now, as plain data: filled by the daemon from the machine, the publisher and /proc, read by
// the report room (status JSON, metrics, dashboard events). Names follow the API (docs/http_api.md). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/histogram.h"
#include "common/protocol.h"

namespace supervisor {

struct InputSnapshot {
  int priority = 0;
  std::string type;
  std::string status = "idle";  // idle active degraded probing
  struct Failure {
    std::string at;  // RFC 3339, for people
    std::string message;
  };
  std::vector<Failure> errors;  // newest first, bounded
  std::string name;             // what it is, for people; without secrets: ":0 second", "rtsp://cam/1"
  // Since its last picture; of x11 since its last sign of life (a still desktop gives no new pictures).
  // Nothing: it is not open, or never gave any.
  std::optional<std::int64_t> last_packet_age_ms;
  std::optional<double> fps, bitrate_kbps, packet_loss;  // measured; nothing: it is not open
  double penalty = 0;       // for its failures, as of now: 1000 each by default, halved every minute
  bool suppressed = false;  // the penalty keeps it off the air while another one works
  // What is wrong with its pictures for longer than is allowed: frozen black corrupt; else good.
  std::string content = "good";
  std::uint64_t failures = 0;  // counter: how often it was given up, since it is in the list
};

// The picture came from one input, then from another. Places are those of the list of that time.
struct SwitchSnapshot {
  std::string at;  // RFC 3339
  int from = 0;
  int to = 0;
  std::string reason;  // error timeout manual failback recovery input_added input_removed
  std::string detail;  // in words; may be empty
  friend bool operator==(const SwitchSnapshot&, const SwitchSnapshot&) = default;
};

// What the supervisor's own player found out (supervisor/probe).
struct SelfProbeSnapshot {
  std::string checked_at;  // RFC 3339
  std::int64_t took_ms = 0;
  // Of the end of the newest part: when the playlist came, and when its bytes had come.
  std::optional<std::int64_t> playlist_age_ms, newest_part_age_ms;
  std::optional<std::int64_t> media_sequence;
  bool key_frame = false;      // what has to start with a key frame does
  double failing_seconds = 0;  // since the first failure in a row; 0: ok
};

struct StreamSnapshot {
  std::string name;
  std::string state;   // stopped starting healthy degraded stopping backoff blocked hold idle paused
  std::string reason;  // why, in words; empty when healthy
  bool desired_up = false;
  bool paused = false;  // the operator wants the slate in place of the picture
  // What viewers see now: the wanted picture, the slate, repeated pictures while the worker is replaced, or
  // nothing.
  enum class OnAir { Nothing, Picture, Slate, Bridge };
  OnAir on_air = OnAir::Nothing;
  double state_seconds = 0;  // since the last change of state
  std::uint64_t generation = 0;
  int worker_pid = 0;         // 0: none
  int unkillable = 0;         // workers that SIGKILL did not end
  int standby_pid = 0;        // 0: none
  std::string standby;        // off, starting, ready, taking_over; why there is none
  double uptime_seconds = 0;  // of the worker
  std::uint64_t restart_count = 0;
  std::vector<std::string> exit_codes;      // last 10, newest last: "0", "71 encoder", "signal 9"
  std::vector<std::string> recent_errors;   // last 5 lines
  std::optional<double> last_activity_ago;  // seconds since the last heartbeat
  std::string last_exit;
  std::string last_incident;                     // id; empty: none is kept
  std::optional<std::int64_t> last_recovery_ms;  // detected -> first new part
  std::optional<std::int64_t> next_retry_ms;
  std::string encoder;
  std::string encoder_fallback_reason;
  int width = 0, height = 0;
  double fps = 0, bitrate_kbps = 0;
  std::uint64_t frames_captured = 0, frames_encoded = 0, frames_dropped = 0;  // over all lives: never falls
  std::optional<std::int64_t> last_frame_age_ms, last_part_age_ms;
  std::int64_t part_late_max_ms = 0;  // the longest that a part was published after its end, since the start
  common::PartLateTimes part_late;    // of every part, since the start
  std::int64_t media_sequence = 0, discontinuity_sequence = 0;
  int segment_count = 0;
  std::uint64_t window_bytes = 0;
  std::uint64_t parts = 0, parts_bridged = 0, parts_refused = 0;  // counters
  std::uint64_t holes = 0;                // parts that do not begin where the one before ended
  std::uint64_t log_lines_held_back = 0;  // of the workers, sampled away (process/line_sampler.h)
  int viewers = 0;
  double worker_rss_mb = 0, worker_cpu_percent = 0;
  int worker_fds = 0, worker_threads = 0;  // 0: not known
  double standby_rss_mb = 0, standby_cpu_percent = 0;
  int standby_fds = 0, standby_threads = 0;
  std::vector<InputSnapshot> inputs;
  int active_input = -1;                               // on air, as the worker says; -1: none
  std::optional<int> override_input;                   // the operator's choice, while it holds
  bool exhausted = false;                              // no input works: the slate is on air until one does
  std::uint64_t inputs_revision = 0;                   // of the list of inputs: rises with each edit
  std::vector<SwitchSnapshot> switches;                // newest first, the last 32
  std::map<std::string, std::uint64_t> switch_counts;  // counters by reason; every reason is there
  std::vector<common::Monitor> monitors;
  bool display_asleep = false;        // of the input on air: its monitors are switched off (DPMS)
  bool display_locked = false;        // of the input on air: its screen saver is on
  std::string capture_mode;           // of the input on air, as in common/protocol.h
  std::string mirror_error;           // output_dir: empty when fine or not used
  std::uint64_t mirror_bytes = 0;     // own files in output_dir
  std::optional<bool> self_probe_ok;  // nothing: not probed (off, not wanted, or not yet)
  std::string self_probe_error;       // empty: fine
  SelfProbeSnapshot self_probe;       // the rest of it
};

// Of the machine, or of the control group where that allows less.
struct SystemSnapshot {
  double cpu_percent = 0, memory_percent = 0, disk_usage_percent = 0;
  std::uint64_t memory_total_bytes = 0, disk_total_bytes = 0;
  double supervisor_rss_mb = 0, supervisor_cpu_percent = 0;
  int supervisor_fds = 0, supervisor_threads = 0;
  std::uint64_t memory_available_bytes = 0, disk_free_bytes = 0;
  std::optional<double> network_in_kbps,
      network_out_kbps;  // all interfaces but lo; nothing: not measured yet
  double load_average_1m = 0;
  double processors = 0;  // that may be used: fewer than the machine has under cpu.max
  // Above the warning threshold of `monitoring`, with hysteresis; since when (RFC 3339, empty: it is not).
  bool cpu_high = false, memory_high = false, disk_high = false;
  std::string cpu_high_since, memory_high_since, disk_high_since;
};

struct Snapshot {
  std::string version;
  double uptime_seconds = 0;
  std::uint64_t total_errors = 0, recent_errors = 0;
  std::string last_error;
  std::string config_error;  // of a refused reload
  std::vector<StreamSnapshot> streams;
  SystemSnapshot system;
};

}  // namespace supervisor
