// The objects of the interface. Field names are explained in docs/http_api.md; a test compares what is here
// with what a running service answers.
#include <array>

#include "supervisor/http/openapi.h"

namespace supervisor {
namespace {

using F = ShapeField;

constexpr std::string_view current_state = "=PLAYING|PAUSED|ERROR|STOPPED|STARTING|RECOVERING";
constexpr std::string_view on_air = "=nothing|picture|slate|bridge";
constexpr std::string_view state =
    "=stopped|starting|healthy|degraded|paused|idle|stopping|backoff|blocked|hold";

constexpr std::array problem_fields{F{"type", "string"}, F{"title", "string"}, F{"status", "integer"},
                                    F{"detail", "string", "what is wrong here and how to put it right"},
                                    F{"errors?", "[ConfigError]", "of a configuration: every place"}};
constexpr std::array config_error_fields{F{"place", "string", "line 3"},
                                         F{"pointer", "string", "/streams/0/video/fps"},
                                         F{"problem", "string"}, F{"allowed", "string"}};

constexpr std::array input_error_fields{F{"at", "time"}, F{"message", "string"}};
constexpr std::array input_fields{
    F{"input_priority", "integer", "0 is best"},
    F{"type", "string"},
    F{"name", "string", "what it is, without secrets"},
    F{"status", "=idle|active|degraded|probing"},
    F{"content", "=good|frozen|black|corrupt", "of its pictures, where the configuration asks for it"},
    F{"last_packet_at", "time?"},
    F{"fps", "number?"},
    F{"bitrate_kbps", "number?"},
    F{"packet_loss", "number?", "percent"},
    F{"penalty", "number", "for its failures; halves with time"},
    F{"suppressed", "boolean", "its penalty keeps it off the air"},
    F{"failures", "integer", "how often it was given up"},
    F{"errors", "[InputError]", "newest first"}};
constexpr std::array switch_fields{
    F{"at", "time"}, F{"from", "integer"}, F{"to", "integer"},
    F{"reason", "=error|timeout|manual|failback|recovery|input_added|input_removed"}, F{"detail", "string"}};
constexpr std::array switch_request_fields{F{"priority", "integer?", "null: the best input that works"}};
constexpr std::array input_change_fields{
    F{"op", "=add|update|move|remove"},
    F{"priority?", "integer", "of the list as the changes before it left it"}, F{"to?", "integer", "of move"},
    F{"input?", "ConfigDocument", "of add and update, as in the configuration"}};
constexpr std::array input_edit_fields{F{"changes", "[InputChange]", "1 to 32, one after the other"}};
constexpr std::array monitor_fields{
    F{"name", "string", "connector"},
    F{"edid", "string"},
    F{"x", "integer"},
    F{"y", "integer"},
    F{"width", "integer"},
    F{"height", "integer"},
    F{"primary", "boolean"},
    F{"captured", "boolean"},
    F{"stream?", "string", "whose input it is"},
    F{"source?", "string", "worker: what it sees; probe: asked for this answer"}};
constexpr std::array process_fields{F{"rss_mb", "number"}, F{"cpu_percent", "number", "of one core"},
                                    F{"fds", "integer"}, F{"threads", "integer"}};
constexpr std::array stream_fields{
    F{"name", "string"},
    F{"state", state},
    F{"current_state", current_state},
    F{"reason", "string"},
    F{"since", "time"},
    F{"state_seconds", "number"},
    F{"desired", "=up|down", "what the operator wants"},
    F{"paused", "boolean", "the operator wants the slate in place of the picture"},
    F{"on_air", on_air},
    F{"stream_active", "boolean", "the wanted picture is on air"},
    F{"generation", "integer"},
    F{"worker_pid", "integer"},
    F{"standby_pid", "integer"},
    F{"standby", "string"},
    F{"uptime_seconds", "number"},
    F{"restart_count", "integer"},
    F{"exit_codes", "[string]"},
    F{"recent_errors", "[string]"},
    F{"last_activity_ago", "number?"},
    F{"last_exit", "string"},
    F{"last_recovery_ms", "integer?"},
    F{"last_incident", "string?"},
    F{"next_retry_ms", "integer?"},
    F{"worker", "Process"},
    F{"standby_worker", "Process"},
    F{"encoder", "string"},
    F{"encoder_fallback_reason", "string"},
    F{"width", "integer"},
    F{"height", "integer"},
    F{"fps", "number"},
    F{"bitrate_kbps", "number"},
    F{"frames_captured", "integer"},
    F{"frames_encoded", "integer"},
    F{"frames_dropped", "integer"},
    F{"last_frame_age_ms", "integer?"},
    F{"last_part_age_ms", "integer?"},
    F{"part_late_max_ms", "integer"},
    F{"media_sequence", "integer"},
    F{"discontinuity_sequence", "integer"},
    F{"segment_count", "integer"},
    F{"window_mb", "number"},
    F{"parts", "integer"},
    F{"parts_bridged", "integer"},
    F{"parts_refused", "integer"},
    F{"viewers", "integer"},
    F{"mirror_error", "string"},
    F{"output_dir_mb", "number"},
    F{"inputs", "[Input]"},
    F{"active_input", "integer?"},
    F{"override_input", "integer?"},
    F{"exhausted", "boolean"},
    F{"switches", "[Switch]", "newest first"},
    F{"monitors", "[Monitor]"},
    F{"display_asleep", "boolean", "of the input on air: its monitors are switched off (DPMS)"},
    F{"display_locked", "boolean", "of the input on air: its screen saver is on"},
    F{"capture_mode", "string?",
      "of the input on air, if it is a display: \"damage\" when its X server tells what changed, \"compare\" "
      "when it "
      "leaves changes out and every picture is compared whole"},
    F{"push", "[any]"}};
constexpr std::array system_fields{
    F{"cpu_percent", "number"},         F{"memory_percent", "number"},    F{"disk_usage_percent", "number"},
    F{"memory_total_bytes", "integer"}, F{"disk_total_bytes", "integer"}, F{"network_in_kbps", "number?"},
    F{"network_out_kbps", "number?"},   F{"load_average_1m", "number"},   F{"processors", "number"},
    F{"memory_available_mb", "number"}, F{"disk_free_mb", "number"},      F{"cpu_high", "boolean"},
    F{"cpu_high_since", "time?"},       F{"memory_high", "boolean"},      F{"memory_high_since", "time?"},
    F{"disk_high", "boolean"},          F{"disk_high_since", "time?"},    F{"supervisor", "Process"}};
constexpr std::array service_details_fields{F{"ActiveState", "string"}, F{"SubState", "string"}};
constexpr std::array service_fields{F{"active", "boolean"}, F{"details", "ServiceDetails"},
                                    F{"version", "string"}, F{"uptime_seconds", "number"},
                                    F{"config_error", "string", "of a refused configuration"}};
constexpr std::array summary_fields{F{"playlist_exists", "boolean"}, F{"segment_count", "integer"},
                                    F{"total_size_mb", "number"}, F{"output_dir_mb", "number"},
                                    F{"stream_active", "boolean"}};
constexpr std::array status_fields{F{"at", "time"},       F{"service", "Service"}, F{"stream", "Summary"},
                                   F{"health", "Health"}, F{"system", "System"},   F{"streams", "[Stream]"}};

constexpr std::array stream_health_fields{F{"state", state}, F{"reason", "string"}, F{"since", "time"},
                                          F{"on_air", on_air}, F{"paused", "boolean"}};
constexpr std::array health_fields{F{"monitoring_active", "boolean"}, F{"total_errors", "integer"},
                                   F{"recent_errors", "integer"},     F{"current_state", current_state},
                                   F{"stream_active", "boolean"},     F{"restart_count", "integer"},
                                   F{"last_error", "string"},         F{"uptime_minutes", "number"},
                                   F{"mediamtx_running", "boolean"},  F{"streams", "{StreamHealth}"}};
constexpr std::array shares_fields{F{"1h", "number?"}, F{"24h", "number?"}, F{"30d", "number?"}};
constexpr std::array stream_detail_fields{F{"state", state},
                                          F{"reason", "string"},
                                          F{"since", "time"},
                                          F{"on_air", on_air},
                                          F{"paused", "boolean"},
                                          F{"desired", "=up|down"},
                                          F{"generation", "integer"},
                                          F{"restart_count", "integer"},
                                          F{"last_exit", "string"},
                                          F{"last_recovery_ms", "integer?"},
                                          F{"last_part_age_ms", "integer?"},
                                          F{"recent_errors", "[string]"},
                                          F{"availability", "Shares"},
                                          F{"stream_availability", "Shares"},
                                          F{"mttr_seconds", "number?"},
                                          F{"mtbf_seconds", "number?"},
                                          F{"incidents", "[Incident]"}};
constexpr std::array probe_fields{F{"ok", "boolean"},
                                  F{"checked_at", "time"},
                                  F{"took_ms", "integer"},
                                  F{"playlist_age_ms", "integer?"},
                                  F{"newest_part_age_ms", "integer?"},
                                  F{"media_sequence", "integer?"},
                                  F{"key_frame", "boolean"},
                                  F{"failing_seconds", "number"},
                                  F{"error", "string"}};
constexpr std::array self_probe_fields{F{"ok", "boolean"}, F{"streams", "{SelfProbeStream}"}};
constexpr std::array health_detailed_fields{
    F{"monitoring_active", "boolean"}, F{"total_errors", "integer"},  F{"recent_errors", "integer"},
    F{"current_state", current_state}, F{"stream_active", "boolean"}, F{"restart_count", "integer"},
    F{"last_error", "string"},         F{"uptime_minutes", "number"}, F{"mediamtx_running", "boolean"},
    F{"streams", "{StreamDetail}"},    F{"availability", "Shares"},   F{"stream_availability", "Shares"},
    F{"mttr_seconds", "number?"},      F{"mtbf_seconds", "number?"},  F{"incidents", "[Incident]"},
    F{"self_probe", "SelfProbe?"},     F{"system", "System"}};

constexpr std::array incident_fields{F{"id", "string", "sorts by time"},
                                     F{"stream", "string"},
                                     F{"class", "string"},
                                     F{"generation", "integer"},
                                     F{"reason", "string"},
                                     F{"detected_at", "time"},
                                     F{"closed_at", "time?"},
                                     F{"recovered", "boolean"},
                                     F{"recovery_ms", "integer?"},
                                     F{"action", "string"},
                                     F{"has_picture", "boolean"}};
constexpr std::array incident_step_fields{F{"step", "string"}, F{"at_ms", "integer"},
                                          F{"generation", "integer"}, F{"text", "string"}};
constexpr std::array incident_detail_fields{F{"id", "string"},
                                            F{"stream", "string"},
                                            F{"class", "string"},
                                            F{"generation", "integer"},
                                            F{"reason", "string"},
                                            F{"evidence", "string"},
                                            F{"detected_at", "time"},
                                            F{"closed_at", "time?"},
                                            F{"recovered", "boolean"},
                                            F{"recovery_ms", "integer?"},
                                            F{"action", "string"},
                                            F{"has_picture", "boolean"},
                                            F{"timeline", "[IncidentStep]"},
                                            F{"steps_left_out", "integer"},
                                            F{"log", "[string]"}};
constexpr std::array incidents_fields{F{"stream", "string"}, F{"total", "integer", "that are kept"},
                                      F{"incidents", "[Incident]", "newest first"}};
constexpr std::array log_line_fields{F{"id", "integer"},
                                     F{"at", "time"},
                                     F{"level", "=trace|debug|info|warn|error"},
                                     F{"stream", "string"},
                                     F{"generation", "integer"},
                                     F{"text", "string"}};
constexpr std::array logs_fields{F{"logs", "[LogLine]"}, F{"last_id", "integer"}, F{"forgotten", "integer"}};
constexpr std::array monitors_error_fields{F{"stream", "string"}, F{"reason", "string"}};
constexpr std::array monitors_fields{F{"monitors", "[Monitor]"}, F{"errors", "[MonitorsError]"}};
constexpr std::array encoder_fields{F{"name", "string"}, F{"kind", "=hardware|software"}, F{"ok", "boolean"},
                                    F{"reason", "string", "why it is not"}, F{"took_ms", "number"}};
constexpr std::array encoders_fields{F{"checked_at", "time"}, F{"encoders", "[Encoder]"},
                                     F{"error?", "string"}};
constexpr std::array cleanup_fields{F{"removed_files", "integer"}, F{"freed_bytes", "integer"}};
constexpr std::array drill_request_fields{F{"fault", "=kill|stop|exit|oom|freeze|xlost|diskfull"}};
constexpr std::array drill_fields{F{"fault", "string"},
                                  F{"failure_class", "string?"},
                                  F{"detected_ms", "integer?"},
                                  F{"recovery_ms", "integer?"},
                                  F{"hole_ms", "integer"},
                                  F{"part_gap_ms", "integer"},
                                  F{"parts_bridged", "integer"},
                                  F{"incident", "string?"},
                                  F{"verdict", "=recovered|not_recovered|not_detected"}};

constexpr std::array history_system_fields{
    F{"cpu_percent", "[number?]"}, F{"memory_percent", "[number?]"}, F{"disk_usage_percent", "[number?]"},
    F{"network_in_kbps", "[number?]"}, F{"network_out_kbps", "[number?]"}};
constexpr std::array history_stream_fields{F{"fps", "[number?]"},
                                           F{"bitrate_kbps", "[number?]"},
                                           F{"worker_cpu_percent", "[number?]"},
                                           F{"worker_rss_mb", "[number?]"},
                                           F{"part_late_ms", "[number?]"},
                                           F{"viewers", "[number?]"},
                                           F{"on_air", "[any]", "picture, bridge, slate, nothing or null"},
                                           F{"restart_count", "[number?]"}};
constexpr std::array history_fields{F{"range", "=10m|6h|24h"}, F{"interval_seconds", "integer"},
                                    F{"at", "[integer]", "Unix time"}, F{"system", "HistorySystem"},
                                    F{"streams", "{HistoryStream}"}};

constexpr std::array alert_fields{F{"id", "string"},
                                  F{"rule", "string"},
                                  F{"severity", "=info|warning|critical"},
                                  F{"stream", "string", "empty: the service"},
                                  F{"state", "=open|resolved"},
                                  F{"title", "string"},
                                  F{"detail", "string"},
                                  F{"opened_at", "time"},
                                  F{"resolved_at", "time?"},
                                  F{"duration_seconds", "number"},
                                  F{"notified", "integer"},
                                  F{"held_back", "integer"}};
constexpr std::array sink_fields{F{"name", "string"},
                                 F{"kind", "=email|slack|discord|json|dead_man"},
                                 F{"enabled", "boolean"},
                                 F{"state", "=ok|failing|off|unknown"},
                                 F{"last_delivery_at", "time?"},
                                 F{"last_error", "string"},
                                 F{"pending", "integer"},
                                 F{"delivered", "integer"},
                                 F{"failed", "integer"}};
constexpr std::array alerts_fields{F{"active", "[Alert]"}, F{"history", "[Alert]", "newest first"},
                                   F{"held_back", "integer"}, F{"sinks", "[Sink]"}};
constexpr std::array alert_result_fields{F{"sink", "string"}, F{"kind", "string"}, F{"ok", "boolean"},
                                         F{"took_ms", "integer"}, F{"error", "string"}};
constexpr std::array alert_test_fields{F{"results", "[AlertResult]"}};

constexpr std::array config_fields{
    F{"path", "string"},      F{"revision", "string"},
    F{"error", "string"},     F{"warnings", "[string]"},
    F{"writable", "boolean"}, F{"config", "ConfigDocument", "secrets as \"(secret)\""}};
constexpr std::array config_result_fields{F{"revision", "string"}, F{"applied", "[string]"},
                                          F{"needs_restart", "[string]"}, F{"warnings", "[string]"}};
constexpr std::array login_fields{F{"username", "string"}, F{"password", "string"}};
constexpr std::array session_fields{F{"auth_required", "boolean"}, F{"authenticated", "boolean"},
                                    F{"username", "string"},
                                    F{"role", "string", "viewer, operator or empty"}};

constexpr std::array all{Shape{"Problem", problem_fields},
                         Shape{"ConfigError", config_error_fields},
                         Shape{"Status", status_fields},
                         Shape{"Service", service_fields},
                         Shape{"ServiceDetails", service_details_fields},
                         Shape{"Summary", summary_fields},
                         Shape{"System", system_fields},
                         Shape{"Process", process_fields},
                         Shape{"Stream", stream_fields},
                         Shape{"Input", input_fields},
                         Shape{"InputError", input_error_fields},
                         Shape{"Switch", switch_fields},
                         Shape{"SwitchRequest", switch_request_fields},
                         Shape{"InputChange", input_change_fields},
                         Shape{"InputEdit", input_edit_fields},
                         Shape{"Monitor", monitor_fields},
                         Shape{"Health", health_fields},
                         Shape{"StreamHealth", stream_health_fields},
                         Shape{"HealthDetailed", health_detailed_fields},
                         Shape{"StreamDetail", stream_detail_fields},
                         Shape{"Shares", shares_fields},
                         Shape{"SelfProbe", self_probe_fields},
                         Shape{"SelfProbeStream", probe_fields},
                         Shape{"Incident", incident_fields},
                         Shape{"IncidentStep", incident_step_fields},
                         Shape{"IncidentDetail", incident_detail_fields},
                         Shape{"Incidents", incidents_fields},
                         Shape{"LogLine", log_line_fields},
                         Shape{"Logs", logs_fields},
                         Shape{"Monitors", monitors_fields},
                         Shape{"MonitorsError", monitors_error_fields},
                         Shape{"Encoder", encoder_fields},
                         Shape{"Encoders", encoders_fields},
                         Shape{"CleanupResult", cleanup_fields},
                         Shape{"DrillRequest", drill_request_fields},
                         Shape{"DrillResult", drill_fields},
                         Shape{"History", history_fields},
                         Shape{"HistorySystem", history_system_fields},
                         Shape{"HistoryStream", history_stream_fields},
                         Shape{"Alert", alert_fields},
                         Shape{"Sink", sink_fields},
                         Shape{"Alerts", alerts_fields},
                         Shape{"AlertResult", alert_result_fields},
                         Shape{"AlertTest", alert_test_fields},
                         Shape{"Config", config_fields},
                         Shape{"ConfigDocument", {}},
                         Shape{"ConfigResult", config_result_fields},
                         Shape{"Login", login_fields},
                         Shape{"SessionState", session_fields}};

}  // namespace

std::span<const Shape> shapes() {
  return all;
}

}  // namespace supervisor
