// A log line as each reader wants it. Pure. The text of an entry is printable already (LogSink): nothing here
// can be broken by what a worker writes.
#pragma once

#include <string>
#include <string_view>

#include "supervisor/report/log_buffer.h"

namespace supervisor {

enum class LogStyle { Text, ColorText, Json };

// One line, its end included.
//   Text  2026-03-01T12:00:00.000Z warn  [desktop/12] text     (level in colour: ColorText, for terminals)
//   Json  {"at":...,"level":...,"stream":...,"generation":N,"text":...}; stream and generation only where
//   there are any
std::string format_log_line(const LogEntry& entry, LogStyle style);

// One datagram of the journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): MESSAGE (with
// the prefix of log_prefix, for people), PRIORITY, LEVEL,
// SYSLOG_IDENTIFIER, STREAM and GENERATION where there are any, CODE_FILE and CODE_LINE where they are known.
std::string format_journal_record(const LogEntry& entry);

// syslog(3): error 3, warn 4, info 6, debug and trace 7.
int syslog_priority(LogLevel level);

// The value of JOURNAL_STREAM, "device:inode", names this file.
bool is_journal_stream(std::string_view journal_stream, std::uint64_t device, std::uint64_t inode);

}  // namespace supervisor
