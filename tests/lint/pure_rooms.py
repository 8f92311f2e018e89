"""Pure rooms decide and do nothing else: no I/O libraries, no threads, no clock in them."""
import re

import tree

# Folders and single files (without suffix) that are pure; the shells of a mixed room are simply not named.
PURE = [
    "common/content_fault", "common/exit_reason", "common/histogram", "common/media_record", "common/monitor_json", "common/printable", "common/protocol", "common/redact", "common/time_grid", "common/worker_settings",
    "supervisor/supervise/",
    "supervisor/alerts/address_policy", "supervisor/alerts/alert", "supervisor/alerts/alert_book", "supervisor/alerts/alert_json",
    "supervisor/alerts/alert_queue", "supervisor/alerts/alert_rules", "supervisor/alerts/alert_text", "supervisor/alerts/delivery_job", "supervisor/alerts/encoding",
    "supervisor/alerts/sink_status",
    "supervisor/client_text", "supervisor/sse_reader", "supervisor/doctor/finding",
    "supervisor/config/tables", "supervisor/config/walk", "supervisor/config/findings", "supervisor/config/source_value",
    "supervisor/media/fragment", "supervisor/media/playlist", "supervisor/media/playlist_memo", "supervisor/media/window_view", "supervisor/media/publisher", "supervisor/media/publisher_admit",
    "supervisor/media/publisher_bridge", "supervisor/media/publisher_takeover", "supervisor/media/store",
    "supervisor/media/journal_format", "supervisor/media/journal_kit", "supervisor/media/publisher_restore",
    "supervisor/keep/numbering", "supervisor/keep/state_file",
    "supervisor/config/difference", "supervisor/config/redact", "supervisor/daemon/config_change",
    "supervisor/http/auth", "supervisor/http/auth_limit", "supervisor/http/auth_ticket",
    "supervisor/http/answer", "supervisor/http/head_memo", "supervisor/http/negotiate", "supervisor/http/openapi", "supervisor/http/openapi_routes",
    "supervisor/http/openapi_shapes", "supervisor/media/gzip", "supervisor/http/range", "supervisor/http/reply",
    "supervisor/http/request", "supervisor/http/router", "supervisor/http/target", "supervisor/http/viewer_log",
    "supervisor/report/availability", "supervisor/report/disk_watch", "supervisor/report/drill_watch", "supervisor/report/incident_book", "supervisor/report/incident_json",
    "supervisor/probe/playlist_view", "supervisor/probe/probe_judge", "supervisor/probe/probe_round",
    "supervisor/report/event_json", "supervisor/report/health_json", "supervisor/report/history", "supervisor/report/history_ring", "supervisor/report/threshold_watch", "supervisor/report/json_parts", "supervisor/report/log_format", "supervisor/report/metrics", "supervisor/report/metrics_reliability", "supervisor/report/metrics_service",
    "supervisor/report/metrics_streams", "supervisor/report/metrics_writer",
    "supervisor/report/status_json",
    "supervisor/process/error_window", "supervisor/process/flood_watch", "supervisor/process/input_traits", "supervisor/process/limit_watch",
    "supervisor/process/line_reader", "supervisor/process/line_sampler", "supervisor/process/stall_evidence",
    "worker/encode/detail", "worker/encode/encoder_settings", "worker/encode/macroblocks", "worker/encode/rate_control",
    "worker/package/cutter",
    "worker/picture/change_history", "worker/picture/changes", "worker/picture/cursor", "worker/picture/dirty_area", "worker/picture/rectangle",
    "worker/receive/content_watch", "worker/receive/play_clock", "worker/receive/timeline",
    "worker/source/damage_plan", "worker/source/damage_trust", "worker/source/pointer_layer",
    "worker/source/figure_window", "worker/source/list_edit", "worker/source/show_rule",
]
FORBIDDEN = [
    (re.compile(r'#\s*include\s*[<"]boost/(asio|beast|process)'), "an I/O library"),
    (re.compile(r'#\s*include\s*[<"](libav|libsw|X11/|xcb/)'), "libav or X11"),
    (re.compile(r'#\s*include\s*<(thread|mutex|shared_mutex|condition_variable|future|atomic|stop_token|semaphore)>'), "threads"),
    (re.compile(r'#\s*include\s*<(sys/\w+\.h|unistd\.h|fcntl\.h|poll\.h|fstream|iostream|filesystem)>'), "I/O"),
    (re.compile(r'(::now\s*\(|\bclock_gettime\b|\bgettimeofday\b|\b(std::)?time\s*\(\s*(nullptr|NULL|0|&)|\bsleep_for\b|\busleep\b)'), "a clock: time is an argument"),
    (re.compile(r'\b(random_device|getenv|getpid)\b'), "the world outside"),
]


def is_pure(path):
    name = tree.name(path)
    stem = name.rsplit(".", 1)[0]
    return any(name.startswith(entry) if entry.endswith("/") else stem == entry for entry in PURE)


def code_lines(path):
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        yield number, line.split("//")[0]


findings = []
pure = [path for path in tree.files(".h", ".cpp") if is_pure(path)]
for path in pure:
    for number, line in code_lines(path):
        for pattern, what in FORBIDDEN:
            if pattern.search(line):
                findings.append(f"{tree.name(path)}:{number}: a pure file uses {what}: {line.strip()}")

names = [tree.name(path) for path in pure]
for entry in PURE:
    if not any(name.startswith(entry if entry.endswith("/") else entry + ".") for name in names):
        findings.append(f"tests/lint/pure_rooms.py: {entry} is not there any more: take it from the list, or name the file that took its place")

# The two programs share only common; the lower rooms do not know the upper ones.
DIRECTIONS = [("supervisor/", "worker/"), ("worker/", "supervisor/"), ("common/", "supervisor/"), ("common/", "worker/"),
              ("supervisor/supervise/", "supervisor/process/"), ("supervisor/supervise/", "supervisor/http/"),
              ("supervisor/supervise/", "supervisor/media/"), ("supervisor/supervise/", "supervisor/report/"),
              ("supervisor/media/", "supervisor/http/"), ("supervisor/media/", "supervisor/process/"),
              ("supervisor/media/", "supervisor/keep/"), ("supervisor/keep/", "supervisor/process/"), ("supervisor/keep/", "supervisor/http/"),
              ("supervisor/report/", "supervisor/http/")]
sources = [path for path in tree.files(".h", ".cpp") if tree.name(path).split("/")[0] in ("common", "supervisor", "worker")]
for path in sources:
    for number, line in code_lines(path):
        for room, other in DIRECTIONS:
            if tree.name(path).startswith(room) and re.match(rf'#\s*include\s*"{other}', line):
                findings.append(f"{tree.name(path)}:{number}: {room} must not know {other}: {line.strip()}")
tree.finish(findings, len(pure))
