#include "supervisor/report/metrics.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>

#include "supervisor/report/status_json.h"

namespace supervisor {
namespace {

constexpr double bytes_per_mb = 1024.0 * 1024.0;
constexpr std::array<std::string_view, 10> states = {"stopped", "starting", "healthy", "degraded", "stopping",
                                                     "backoff", "blocked",  "hold",    "idle",     "paused"};
constexpr std::array<std::string_view, 4> input_states = {"idle", "active", "degraded", "probing"};

// One metric with one value; nothing: unknown now, the line is left out.
template <typename Source>
struct Metric {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::optional<double> (*value)(const Source&);
};

template <typename Number>
double as_double(Number number) {
  return static_cast<double>(number);
}

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
    Metric<S>{"worker_uptime_seconds", "gauge", "Age of the worker process.",
              [](const S& s) -> std::optional<double> { return s.uptime_seconds; }},
    Metric<S>{"worker_resident_memory_bytes", "gauge", "Resident memory of the worker.",
              [](const S& s) -> std::optional<double> { return s.worker_rss_mb * bytes_per_mb; }},
    Metric<S>{"worker_cpu_usage_ratio", "gauge", "Processor time of the worker, 1 is one processor.",
              [](const S& s) -> std::optional<double> { return s.worker_cpu_percent / 100; }},
};

using N = Snapshot;
constexpr std::array service_metrics = {
    Metric<N>{"uptime_seconds", "gauge", "Age of the supervisor process.",
              [](const N& n) -> std::optional<double> { return n.uptime_seconds; }},
    Metric<N>{"errors_total", "counter", "Errors reported since the start.",
              [](const N& n) -> std::optional<double> { return as_double(n.total_errors); }},
    Metric<N>{"config_reload_failing", "gauge", "1 when the last reload of the configuration was refused.",
              [](const N& n) -> std::optional<double> { return !n.config_error.empty(); }},
    Metric<N>{"supervisor_resident_memory_bytes", "gauge", "Resident memory of the supervisor.",
              [](const N& n) -> std::optional<double> { return n.system.supervisor_rss_mb * bytes_per_mb; }},
    Metric<N>{"supervisor_cpu_usage_ratio", "gauge", "Processor time of the supervisor, 1 is one processor.",
              [](const N& n) -> std::optional<double> { return n.system.supervisor_cpu_percent / 100; }},
    Metric<N>{"system_cpu_usage_ratio", "gauge", "Processor time used on the machine, 1 is all processors.",
              [](const N& n) -> std::optional<double> { return n.system.cpu_percent / 100; }},
    Metric<N>{"system_memory_usage_ratio", "gauge", "Memory of the machine that is in use.",
              [](const N& n) -> std::optional<double> { return n.system.memory_percent / 100; }},
    Metric<N>{"system_memory_size_bytes", "gauge", "Memory of the machine.",
              [](const N& n) -> std::optional<double> { return as_double(n.system.memory_total_bytes); }},
    Metric<N>{"system_disk_usage_ratio", "gauge", "Disk of the service that is in use.",
              [](const N& n) -> std::optional<double> { return n.system.disk_usage_percent / 100; }},
    Metric<N>{"system_disk_size_bytes", "gauge", "Disk of the service.",
              [](const N& n) -> std::optional<double> { return as_double(n.system.disk_total_bytes); }},
};

struct Label {
  std::string_view name;
  std::string_view value;
};

class Text {
 public:
  void head(std::string_view name, std::string_view type, std::string_view help) {
    text_.append("# HELP desktop_streamer_").append(name).append(" ").append(help);
    text_.append("\n# TYPE desktop_streamer_").append(name).append(" ").append(type).append("\n");
  }

  void line(std::string_view name, std::span<const Label> labels, double value) {
    text_.append("desktop_streamer_").append(name);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      text_.append(i == 0 ? "{" : ",").append(labels[i].name).append("=\"");
      add_escaped(labels[i].value);
      text_ += '"';
    }
    text_.append(labels.empty() ? " " : "} ");
    add_number(value);
    text_ += '\n';
  }

  std::string take() { return std::move(text_); }

 private:
  void add_escaped(std::string_view value) {
    for (const char c : value) {
      if (c == '\n') {
        text_ += "\\n";
        continue;
      }
      if (c == '\\' || c == '"') text_ += '\\';
      text_ += c;
    }
  }

  // Locale has no say here, and whole numbers stay whole.
  void add_number(double value) {
    if (std::isnan(value)) {
      text_ += "NaN";
    } else if (std::isinf(value)) {
      text_ += value > 0 ? "+Inf" : "-Inf";
    } else {
      std::array<char, 400> digits{};
      const bool whole = std::trunc(value) == value && std::abs(value) < 1e15;
      const auto end = whole ? std::to_chars(digits.data(), digits.data() + digits.size(),
                                             static_cast<std::int64_t>(value))
                                   .ptr
                             : std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
      text_.append(digits.data(), end);
    }
  }

  std::string text_;
};

void add_service(Text& text, const Snapshot& snapshot) {
  const std::array version = {Label{"version", snapshot.version}};
  text.head("build_info", "gauge", "Version of the supervisor; always 1.");
  text.line("build_info", version, 1);
  for (const auto& metric : service_metrics) {
    const auto value = metric.value(snapshot);
    if (!value) continue;
    text.head(metric.name, metric.type, metric.help);
    text.line(metric.name, {}, *value);
  }
}

// HELP and TYPE stand once before all lines of a metric, and not at all when there is none.
void add_streams(Text& text, const Snapshot& snapshot) {
  for (const auto& metric : stream_metrics) {
    bool headed = false;
    for (const auto& stream : snapshot.streams) {
      const auto value = metric.value(stream);
      if (!value) continue;
      if (!headed) text.head(metric.name, metric.type, metric.help);
      headed = true;
      const std::array labels = {Label{"stream", stream.name}};
      text.line(metric.name, labels, *value);
    }
  }
}

void add_states(Text& text, const Snapshot& snapshot) {
  text.head("stream_state", "gauge", "1 for the state the stream is in, 0 for the others.");
  for (const auto& stream : snapshot.streams) {
    for (const auto state : states) {
      const std::array labels = {Label{"stream", stream.name}, Label{"state", state}};
      text.line("stream_state", labels, stream.state == state);
    }
  }
  text.head("stream_on_air", "gauge", "1 for what viewers see, 0 for the others.");
  using OnAir = StreamSnapshot::OnAir;
  for (const auto& stream : snapshot.streams) {
    for (const auto on_air : {OnAir::Nothing, OnAir::Picture, OnAir::Slate, OnAir::Bridge}) {
      const std::array labels = {Label{"stream", stream.name}, Label{"picture", on_air_name(on_air)}};
      text.line("stream_on_air", labels, stream.on_air == on_air);
    }
  }
}

void add_inputs(Text& text, const Snapshot& snapshot) {
  text.head("input_status", "gauge", "1 for the status the input is in, 0 for the others.");
  for (const auto& stream : snapshot.streams) {
    for (const auto& input : stream.inputs) {
      const std::string priority = std::to_string(input.priority);
      for (const auto status : input_states) {
        const std::array labels = {Label{"stream", stream.name}, Label{"input_priority", priority},
                                   Label{"type", input.type}, Label{"status", status}};
        text.line("input_status", labels, input.status == status);
      }
    }
  }
}

void add_availability(Text& text, const Reliability& reliability, std::string_view name,
                      std::string_view help, std::optional<double> (AvailabilitySums::*figure)() const) {
  bool headed = false;
  for (const auto& [stream, measured] : reliability) {
    const std::array<std::pair<std::string_view, const AvailabilitySums*>, 3> windows = {
        {{"1h", &measured.hour}, {"24h", &measured.day}, {"30d", &measured.month}}};
    for (const auto& [window, sums] : windows) {
      const auto value = (sums->*figure)();
      if (!value) continue;
      if (!headed) text.head(name, "gauge", help);
      headed = true;
      const std::array labels = {Label{"stream", stream}, Label{"window", window}};
      text.line(name, labels, *value);
    }
  }
}

void add_recoveries(Text& text, const Reliability& reliability) {
  text.head("stream_recovery_seconds", "histogram", "Time from a detected failure to the first new part.");
  for (const auto& [stream, measured] : reliability) {
    const RecoveryTimes& times = measured.recoveries;
    const auto bucket = [&text, &name = stream](std::string_view bound, std::uint64_t count) {
      const std::array labels = {Label{"stream", name}, Label{"le", bound}};
      text.line("stream_recovery_seconds_bucket", labels, as_double(count));
    };
    for (std::size_t i = 0; i < times.up_to.size(); ++i) {
      std::array<char, 32> digits{};
      const auto end =
          std::to_chars(digits.data(), digits.data() + digits.size(), RecoveryTimes::bounds_seconds[i]).ptr;
      bucket({digits.data(), static_cast<std::size_t>(end - digits.data())}, times.up_to[i]);
    }
    bucket("+Inf", times.count);
    const std::array labels = {Label{"stream", stream}};
    text.line("stream_recovery_seconds_sum", labels, times.sum_seconds);
    text.line("stream_recovery_seconds_count", labels, as_double(times.count));
  }
}

void add_incidents(Text& text, const Reliability& reliability) {
  bool headed = false;
  for (const auto& [stream, measured] : reliability) {
    for (const auto& [failure, count] : measured.incidents_by_class) {
      if (!headed) text.head("incidents_total", "counter", "Failures since the start, by class.");
      headed = true;
      const std::array labels = {Label{"stream", stream}, Label{"class", failure}};
      text.line("incidents_total", labels, as_double(count));
    }
  }
}

void add_reliability(Text& text, const Reliability& reliability) {
  add_incidents(text, reliability);
  add_recoveries(text, reliability);
  add_availability(text, reliability, "stream_picture_availability_ratio",
                   "Part of the wanted time in which viewers saw the wanted picture.",
                   &AvailabilitySums::picture);
  add_availability(text, reliability, "stream_availability_ratio",
                   "Part of the wanted time in which parts were published in time, whatever they showed.",
                   &AvailabilitySums::stream);
}

}  // namespace

std::string metrics_text(const Snapshot& snapshot, const Reliability& reliability) {
  Text text;
  add_service(text, snapshot);
  if (!snapshot.streams.empty()) {
    add_streams(text, snapshot);
    add_states(text, snapshot);
    add_inputs(text, snapshot);
  }
  if (!reliability.empty()) add_reliability(text, reliability);
  return text.take();
}

}  // namespace supervisor
