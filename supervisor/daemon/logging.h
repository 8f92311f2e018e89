// The supervisor's log, put together: memory for GET /api/logs, and beside it the journal when systemd gave
// us one (JOURNAL_STREAM), else standard error as text or JSON; and the rotating file of log.file. Each has a
// thread and a bounded queue of its own (report/log_writer.h): a blocked terminal, a journal that is behind
// or a dead disk never blocks the loop.
#pragma once

#include <cstdint>
#include <functional>

#include "supervisor/config/config.h"
#include "supervisor/report/log_buffer.h"

namespace supervisor {

// Replaces spdlog's default logger. `deliver` is called on the thread that logs. A log file that cannot be
// written is told in the log, and the service runs on without it.
void start_logging(const Log& settings, std::function<void(LogEntry)> deliver);
// Lines that did not get to some place since the start.
std::uint64_t log_lines_lost();
// Writes what is queued and ends the threads. A reader that does not read (stderr is a full pipe) keeps the
// process no longer than a second: then it ends here, with `exit_code`.
void stop_logging(int exit_code);

}  // namespace supervisor
