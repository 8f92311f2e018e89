#include "supervisor/report/log_sink.h"

namespace supervisor {
namespace {

LogLevel level_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return LogLevel::Trace;
    case spdlog::level::debug:
      return LogLevel::Debug;
    case spdlog::level::info:
      return LogLevel::Info;
    case spdlog::level::warn:
      return LogLevel::Warn;
    default:
      return LogLevel::Error;
  }
}

}  // namespace

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
  LogEntry entry;
  entry.at = message.time;
  entry.level = level_of(message.level);
  entry.text.assign(message.payload.data(), message.payload.size());
  deliver_(std::move(entry));
}

}  // namespace supervisor
