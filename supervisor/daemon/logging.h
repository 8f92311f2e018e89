// The supervisor's log: stderr, an optional rotating file, and the buffer behind GET /api/logs. Written by a
// thread of its own from a bounded queue that drops the oldest lines: a blocked terminal, journal or disk
// never blocks the loop.
#pragma once

#include <functional>

#include "supervisor/config/config.h"
#include "supervisor/report/log_buffer.h"

namespace supervisor {

// Replaces spdlog's default logger. `deliver` is called on the log thread. A log file that cannot be opened
// is reported on stderr, and the service runs on without it.
void start_logging(const Log& settings, std::function<void(LogEntry)> deliver);
// Writes what is queued and ends the thread. A reader that does not read (stderr is a full pipe) keeps the
// process no longer than a second: then it ends here, with `exit_code`.
void stop_logging(int exit_code);

}  // namespace supervisor
