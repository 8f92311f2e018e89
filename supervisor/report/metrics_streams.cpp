// What is measured of each stream.
#include <array>

#include "supervisor/report/metrics_parts.h"
#include "supervisor/report/status_json.h"

namespace supervisor {
namespace {

constexpr std::array<std::string_view, 10> states = {"stopped", "starting", "healthy", "degraded", "stopping",
                                                     "backoff", "blocked",  "hold",    "idle",     "paused"};
constexpr std::array<std::string_view, 4> input_states = {"idle", "active", "degraded", "probing"};

std::optional<double> seconds_of(const std::optional<std::int64_t>& milliseconds) {
  return milliseconds ? std::optional(static_cast<double>(*milliseconds) / 1000) : std::nullopt;
}

using S = StreamSnapshot;
constexpr std::array stream_metrics = {
    Metric<S>{"stream_desired_up", "gauge", "1 when the operator wants the stream up.",
              [](const S& s) -> std::optional<double> { return s.desired_up; }},
    Metric<S>{"stream_active", "gauge", "1 when viewers see the wanted picture.",
              [](const S& s) -> std::optional<double> { return is_delivering(s); }},
    Metric<S>{"stream_failing", "gauge", "1 when the stream is wanted up and viewers see something else.",
              [](const S& s) -> std::optional<double> { return is_failing(s); }},
    Metric<S>{"stream_state_age_seconds", "gauge", "Time since the last change of state.",
              [](const S& s) -> std::optional<double> { return s.state_seconds; }},
    Metric<S>{"stream_restarts_total", "counter", "Workers started again after one that ended or was ended.",
              [](const S& s) -> std::optional<double> { return as_double(s.restart_count); }},
    Metric<S>{"stream_generation", "gauge", "Number of the current worker life.",
              [](const S& s) -> std::optional<double> { return as_double(s.generation); }},
    Metric<S>{"stream_last_recovery_seconds", "gauge",
              "Time from the last detected failure to the first new part.",
              [](const S& s) { return seconds_of(s.last_recovery_ms); }},
    Metric<S>{"stream_next_retry_seconds", "gauge", "Time until the next start is tried.",
              [](const S& s) { return seconds_of(s.next_retry_ms); }},
    Metric<S>{"stream_heartbeat_age_seconds", "gauge", "Time since the worker's last heartbeat.",
              [](const S& s) { return s.last_activity_ago; }},
    Metric<S>{"stream_frame_age_seconds", "gauge", "Time since the input on air last gave a sign of life.",
              [](const S& s) { return seconds_of(s.last_frame_age_ms); }},
    Metric<S>{"stream_part_age_seconds", "gauge", "Time since the last part was published.",
              [](const S& s) { return seconds_of(s.last_part_age_ms); }},
    Metric<S>{"stream_frames_captured_total", "counter", "Pictures captured, over all workers.",
              [](const S& s) -> std::optional<double> { return as_double(s.frames_captured); }},
    Metric<S>{"stream_frames_encoded_total", "counter", "Pictures encoded, over all workers.",
              [](const S& s) -> std::optional<double> { return as_double(s.frames_encoded); }},
    Metric<S>{"stream_frames_dropped_total", "counter", "Pictures dropped, over all workers.",
              [](const S& s) -> std::optional<double> { return as_double(s.frames_dropped); }},
    Metric<S>{"stream_parts_published_total", "counter", "Parts published, bridged ones included.",
              [](const S& s) -> std::optional<double> { return as_double(s.parts); }},
    Metric<S>{"stream_parts_bridged_total", "counter",
              "Parts of repeated pictures, published for a late worker.",
              [](const S& s) -> std::optional<double> { return as_double(s.parts_bridged); }},
    Metric<S>{"stream_parts_refused_total", "counter", "Parts of a worker that were not published.",
              [](const S& s) -> std::optional<double> { return as_double(s.parts_refused); }},
    Metric<S>{"stream_captured_frames_per_second", "gauge", "Pictures captured a second.",
              [](const S& s) -> std::optional<double> { return s.fps; }},
    Metric<S>{"stream_bytes_per_second", "gauge", "Encoded video a second.",
              [](const S& s) -> std::optional<double> { return s.bitrate_kbps * 125; }},
    Metric<S>{"stream_media_sequence", "gauge", "EXT-X-MEDIA-SEQUENCE of the playlist.",
              [](const S& s) -> std::optional<double> { return as_double(s.media_sequence); }},
    Metric<S>{"stream_discontinuity_sequence", "gauge", "EXT-X-DISCONTINUITY-SEQUENCE of the playlist.",
              [](const S& s) -> std::optional<double> { return as_double(s.discontinuity_sequence); }},
    Metric<S>{"stream_window_segments", "gauge", "Segments in the window.",
              [](const S& s) -> std::optional<double> { return as_double(s.segment_count); }},
    Metric<S>{"stream_window_bytes", "gauge", "Media held in memory for the window.",
              [](const S& s) -> std::optional<double> { return as_double(s.window_bytes); }},
    Metric<S>{"stream_viewers", "gauge", "Players that asked for media lately.",
              [](const S& s) -> std::optional<double> { return as_double(s.viewers); }},
    Metric<S>{"stream_mirror_failing", "gauge", "1 when output_dir cannot be written.",
              [](const S& s) -> std::optional<double> { return !s.mirror_error.empty(); }},
    Metric<S>{"stream_standby_ready", "gauge", "1 when a warm standby waits to take over.",
              [](const S& s) -> std::optional<double> { return s.standby == "ready"; }},
    Metric<S>{"stream_standby_wanted", "gauge", "1 when a standby belongs beside the running worker.",
              [](const S& s) -> std::optional<double> { return s.worker_pid != 0 && s.standby != "off"; }},
    Metric<S>{"stream_holes_total", "counter",
              "Parts that do not begin where the one before ended; must stay 0.",
              [](const S& s) -> std::optional<double> { return as_double(s.holes); }},
    Metric<S>{"stream_part_late_max_seconds", "gauge",
              "The longest that a part was published after its end, since the start.",
              [](const S& s) -> std::optional<double> { return as_double(s.part_late_max_ms) / 1000; }},
    Metric<S>{"stream_log_lines_held_back_total", "counter",
              "Log lines of the workers that were counted instead of written.",
              [](const S& s) -> std::optional<double> { return as_double(s.log_lines_held_back); }},
    Metric<S>{"self_probe_part_age_seconds", "gauge",
              "Age of the newest part when the service's own player had it.",
              [](const S& s) { return seconds_of(s.self_probe.newest_part_age_ms); }},
    Metric<S>{"stream_input_exhausted", "gauge", "1 when no input works and the slate is on air.",
              [](const S& s) -> std::optional<double> { return s.exhausted; }},
    Metric<S>{
        "stream_active_input", "gauge", "Priority of the input on air, 0 is best.",
        [](const S& s) { return s.active_input < 0 ? std::nullopt : std::optional<double>(s.active_input); }},
    Metric<S>{"stream_input_override", "gauge", "1 while the operator's choice of an input holds.",
              [](const S& s) -> std::optional<double> { return s.override_input.has_value(); }},
    Metric<S>{"worker_uptime_seconds", "gauge", "Age of the worker process.",
              [](const S& s) -> std::optional<double> { return s.uptime_seconds; }},
    Metric<S>{"worker_resident_memory_bytes", "gauge", "Resident memory of the worker.",
              [](const S& s) -> std::optional<double> { return s.worker_rss_mb * bytes_per_mb; }},
    Metric<S>{"self_probe_ok", "gauge", "1 when the service could play the stream itself.",
              [](const S& s) -> std::optional<double> {
                return s.self_probe_ok ? std::optional<double>(*s.self_probe_ok) : std::nullopt;
              }},
    Metric<S>{
        "self_probe_duration_seconds", "gauge", "Time that the last self-probe took.",
        [](const S&
               s) { return s.self_probe_ok ? seconds_of(s.self_probe.took_ms) : std::optional<double>(); }},
    Metric<S>{"stream_output_dir_bytes", "gauge", "Own files in output_dir.",
              [](const S& s) -> std::optional<double> { return as_double(s.mirror_bytes); }},
    Metric<S>{"worker_open_fds", "gauge", "Open descriptors of the worker.",
              [](const S& s) -> std::optional<double> { return s.worker_fds; }},
    Metric<S>{"worker_threads", "gauge", "Threads of the worker.",
              [](const S& s) -> std::optional<double> { return s.worker_threads; }},
    Metric<S>{"standby_resident_memory_bytes", "gauge", "Resident memory of the standby.",
              [](const S& s) -> std::optional<double> { return s.standby_rss_mb * bytes_per_mb; }},
    Metric<S>{"standby_cpu_usage_ratio", "gauge", "Processor time of the standby, 1 is one processor.",
              [](const S& s) -> std::optional<double> { return s.standby_cpu_percent / 100; }},
    Metric<S>{"worker_cpu_usage_ratio", "gauge", "Processor time of the worker, 1 is one processor.",
              [](const S& s) -> std::optional<double> { return s.worker_cpu_percent / 100; }},
};

// HELP and TYPE stand once before all lines of a metric, and not at all when there is none.
void add_streams(MetricsWriter& text, const Snapshot& snapshot) {
  for (const auto& metric : stream_metrics) {
    bool headed = false;
    for (const auto& stream : snapshot.streams) {
      const auto value = metric.value(stream);
      if (!value) continue;
      if (!headed) text.head(metric.name, metric.type, metric.help);
      headed = true;
      text.line(metric.name, {{"stream", stream.name}}, *value);
    }
  }
}

void add_part_late(MetricsWriter& text, const Snapshot& snapshot) {
  text.head("stream_part_late_seconds", "histogram",
            "How long after its end a part was published, bridged ones too.");
  for (const auto& stream : snapshot.streams)
    add_histogram(text, "stream_part_late_seconds", stream.name, stream.part_late);
}

void add_states(MetricsWriter& text, const Snapshot& snapshot) {
  text.head("stream_state", "gauge", "1 for the state the stream is in, 0 for the others.");
  for (const auto& stream : snapshot.streams) {
    for (const auto state : states) {
      text.line("stream_state", {{"stream", stream.name}, {"state", state}}, stream.state == state);
    }
  }
  text.head("stream_on_air", "gauge", "1 for what viewers see, 0 for the others.");
  using OnAir = StreamSnapshot::OnAir;
  for (const auto& stream : snapshot.streams) {
    for (const auto on_air : {OnAir::Nothing, OnAir::Picture, OnAir::Slate, OnAir::Bridge}) {
      text.line("stream_on_air", {{"stream", stream.name}, {"picture", on_air_name(on_air)}},
                stream.on_air == on_air);
    }
  }
}

using I = InputSnapshot;
constexpr std::array input_metrics = {
    Metric<I>{
        "input_up", "gauge", "0 when the input has failed and did not prove itself again.",
        [](const I& i) -> std::optional<double> { return i.status != "degraded" && i.status != "probing"; }},
    Metric<I>{"input_frames_per_second", "gauge", "Pictures that come in, a second.",
              [](const I& i) { return i.fps; }},
    Metric<I>{
        "input_bytes_per_second", "gauge", "What comes in, a second.",
        [](const I& i) { return i.bitrate_kbps ? std::optional(*i.bitrate_kbps * 125) : std::nullopt; }},
    Metric<I>{"input_packet_loss_ratio", "gauge", "Part of the packets that were lost on the way.",
              [](const I& i) { return i.packet_loss ? std::optional(*i.packet_loss / 100) : std::nullopt; }},
    Metric<I>{"input_packet_age_seconds", "gauge", "Time since the last picture of the input.",
              [](const I& i) { return seconds_of(i.last_packet_age_ms); }},
    Metric<I>{"input_penalty", "gauge", "For its failures; halves with time.",
              [](const I& i) -> std::optional<double> { return i.penalty; }},
    Metric<I>{"input_failures_total", "counter", "How often the input was given up.",
              [](const I& i) -> std::optional<double> { return as_double(i.failures); }},
};

void add_input_figures(MetricsWriter& text, const Snapshot& snapshot) {
  for (const auto& metric : input_metrics) {
    bool headed = false;
    for (const auto& stream : snapshot.streams) {
      for (const auto& input : stream.inputs) {
        const auto value = metric.value(input);
        if (!value) continue;
        if (!headed) text.head(metric.name, metric.type, metric.help);
        headed = true;
        const std::string priority = std::to_string(input.priority);
        text.line(metric.name, {{"stream", stream.name}, {"input_priority", priority}, {"type", input.type}},
                  *value);
      }
    }
  }
}

void add_switches(MetricsWriter& text, const Snapshot& snapshot) {
  text.head("input_switches_total", "counter", "How often another input was put on air, by reason.");
  for (const auto& stream : snapshot.streams) {
    for (const auto& [reason, count] : stream.switch_counts) {
      text.line("input_switches_total", {{"stream", stream.name}, {"reason", reason}}, as_double(count));
    }
  }
}

void add_input_states(MetricsWriter& text, const Snapshot& snapshot) {
  text.head("input_status", "gauge", "1 for the status the input is in, 0 for the others.");
  for (const auto& stream : snapshot.streams) {
    for (const auto& input : stream.inputs) {
      const std::string priority = std::to_string(input.priority);
      for (const auto status : input_states) {
        text.line(
            "input_status",
            {{"stream", stream.name}, {"input_priority", priority}, {"type", input.type}, {"status", status}},
            input.status == status);
      }
    }
  }
}

}  // namespace

void add_stream_metrics(MetricsWriter& text, const Snapshot& snapshot) {
  add_streams(text, snapshot);
  add_part_late(text, snapshot);
  add_states(text, snapshot);
  add_input_states(text, snapshot);
  add_input_figures(text, snapshot);
  add_switches(text, snapshot);
}

}  // namespace supervisor
