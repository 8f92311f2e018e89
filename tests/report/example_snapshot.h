// A snapshot with every field set, for the tests of the report room.
#pragma once

#include "supervisor/report/reliability.h"
#include "supervisor/report/service_facts.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

inline InputSnapshot example_input(int priority, std::string type, std::string status, std::string name) {
  InputSnapshot input;
  input.priority = priority;
  input.type = std::move(type);
  input.status = std::move(status);
  input.name = std::move(name);
  return input;
}

inline StreamSnapshot example_stream() {
  StreamSnapshot stream;
  stream.name = "desktop";
  stream.state = "healthy";
  stream.desired_up = true;
  stream.on_air = StreamSnapshot::OnAir::Picture;
  stream.state_seconds = 90.5;
  stream.generation = 12;
  stream.worker_pid = 4242;
  stream.uptime_seconds = 88.25;
  stream.restart_count = 3;
  stream.exit_codes = {"71 encoder", "signal 9"};
  stream.recent_errors = {"x264: nothing to do"};
  stream.last_activity_ago = 0.125;
  stream.last_exit = "signal 9";
  stream.last_recovery_ms = 140;
  stream.encoder = "libx264";
  stream.encoder_fallback_reason = "h264_vaapi: no device";
  stream.width = 1920;
  stream.height = 1080;
  stream.fps = 29.97;
  stream.bitrate_kbps = 4800.5;
  stream.frames_captured = 9000;
  stream.frames_encoded = 8990;
  stream.frames_dropped = 10;
  stream.last_frame_age_ms = 500;
  stream.last_part_age_ms = 120;
  stream.media_sequence = 77;
  stream.discontinuity_sequence = 1;
  stream.segment_count = 10;
  stream.window_bytes = 10u << 20;
  stream.parts = 1500;
  stream.parts_bridged = 4;
  stream.parts_refused = 2;
  stream.log_lines_held_back = 7;
  stream.viewers = 2;
  stream.worker_rss_mb = 96.5;
  stream.worker_cpu_percent = 31.25;
  InputSnapshot screen = example_input(0, "x11", "active", ":0 second");
  screen.errors = {{"2026-03-01T11:58:00.000Z", "display_lost: no answer"}};
  screen.last_packet_age_ms = 500;
  screen.fps = 30;
  InputSnapshot camera = example_input(1, "url", "degraded", "rtsp://camera/1");
  camera.bitrate_kbps = 2000;
  camera.packet_loss = 1.5;
  camera.penalty = 1000.4;
  camera.failures = 3;
  stream.inputs = {screen, camera, example_input(2, "slate", "idle", "slate")};
  stream.active_input = 0;
  stream.switches = {{"2026-03-01T11:59:00.000Z", 1, 0, "failback", "input 0 was stable for 30 s"}};
  stream.switch_counts = {{"error", 1}, {"failback", 1}, {"manual", 0}};
  stream.monitors = {{"DUMMY1", "", 1920, 0, 1920, 1080, false, true}};
  return stream;
}

inline Reliability example_reliability() {
  StreamReliability stream;
  stream.hour = {3'600'000, 3'599'000, 3'600'000, 1, 1, 140};
  stream.day = stream.hour;
  stream.month = {7'200'000, 7'190'000, 7'200'000, 2, 2, 500};
  IncidentRecord incident;
  incident.id = "20260301T115800-0000";
  incident.stream = "desktop";
  incident.failure_class = "crash";
  incident.detected_at = "2026-03-01T11:58:00.000Z";
  incident.closed_at = "2026-03-01T11:58:00.140Z";
  incident.recovered = true;
  incident.recovery_ms = 140;
  incident.action = "standby 12 promoted";
  stream.last = {incident};
  stream.incidents_by_class = {{"crash", 2}, {"hang", 1}};
  stream.recoveries.add(140);
  stream.recoveries.add(360);
  return {{"desktop", stream}};
}

inline ServiceFacts example_facts() {
  ServiceFacts facts;
  facts.process = ProcessFacts{12.5, 16u << 20, 256u << 20, 40, 1024, 1772366400};
  facts.http = HttpFacts{};
  facts.http->requests = {{"playlist", 200, 1200}, {"playlist", 503, 2}, {"api", 404, 1}};
  facts.http->accepted = 9;
  facts.http->connections = 3;
  facts.http->sent_bytes = 123456789;
  facts.http->waiting = 2;
  facts.log = LogFacts{{0, 0, 40, 3, 1}, 5};
  facts.notices = {{"email", 7, 1, 2}, {"webhook-1", 0, 0, 0}};
  facts.notices_held_back = 3;
  facts.alerts = {{"info", 0}, {"warning", 1}, {"critical", 0}};
  return facts;
}

inline Snapshot example_snapshot() {
  Snapshot snapshot;
  snapshot.version = "0.1.0";
  snapshot.uptime_seconds = 2712;
  snapshot.total_errors = 2;
  snapshot.recent_errors = 1;
  snapshot.last_error = "Worker 11 ended: signal 9";
  snapshot.streams = {example_stream()};
  snapshot.system.cpu_percent = 25.3;
  snapshot.system.memory_percent = 45.2;
  snapshot.system.disk_usage_percent = 12.5;
  snapshot.system.memory_total_bytes = 8ull << 30;
  snapshot.system.disk_total_bytes = 100ull << 30;
  snapshot.system.supervisor_rss_mb = 12.5;
  snapshot.system.supervisor_cpu_percent = 0.4;
  return snapshot;
}

}  // namespace supervisor
