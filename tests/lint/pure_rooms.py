"""Pure rooms decide and do nothing else: no I/O libraries, no threads, no clock in them."""
import re

import tree

# Folders and single files (without suffix) that are pure; the shells of a mixed room are simply not named.
PURE = [
    "common/exit_reason", "common/media_record", "common/protocol", "common/time_grid", "common/worker_settings",
    "supervisor/supervise/",
    "supervisor/config/tables", "supervisor/config/walk", "supervisor/config/findings", "supervisor/config/source_value",
    "supervisor/media/fragment", "supervisor/media/playlist", "supervisor/media/publisher", "supervisor/media/publisher_admit",
    "supervisor/media/publisher_bridge", "supervisor/media/publisher_takeover", "supervisor/media/store",
    "supervisor/media/journal_format", "supervisor/media/journal_kit", "supervisor/media/publisher_restore",
    "supervisor/keep/numbering", "supervisor/keep/state_file",
    "supervisor/http/answer", "supervisor/http/range", "supervisor/http/reply",
    "supervisor/http/request", "supervisor/http/router", "supervisor/http/target",
    "supervisor/report/availability", "supervisor/report/disk_watch", "supervisor/report/drill_watch", "supervisor/report/incident_book", "supervisor/report/incident_json",
    "supervisor/report/event_json", "supervisor/report/health_json", "supervisor/report/json_parts", "supervisor/report/metrics",
    "supervisor/report/status_json",
    "supervisor/process/error_window", "supervisor/process/flood_gate", "supervisor/process/limit_watch",
    "supervisor/process/line_reader", "supervisor/process/stall_evidence",
    "worker/package/cutter",
    "worker/picture/rectangle",
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
