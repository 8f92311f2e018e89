#include "supervisor/report/log_sink.h"

#include <utility>

#include "common/redact.h"

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

LogEntry log_entry(const spdlog::details::log_msg& message) {
  LogEntry entry;
  entry.at = message.time;
  entry.level = level_of(message.level);
  entry.text =
      common::outside_text({message.payload.data(), message.payload.size()}, LogBuffer::text_bytes_max);
  if (!message.source.empty()) {
    entry.code_file = message.source.filename;
    entry.code_line = message.source.line;
  }
  split_log_prefix(entry);
  return entry;
}

void LogSink::add(std::unique_ptr<LogWriter> writer) {
  const std::lock_guard lock(mutex_);
  writers_.push_back(std::move(writer));
}

std::uint64_t LogSink::lost() {
  const std::lock_guard lock(mutex_);
  std::uint64_t lost = 0;
  for (const auto& writer : writers_) lost += writer->lost();
  return lost;
}

void LogSink::close() {
  std::vector<std::unique_ptr<LogWriter>> writers;
  {
    const std::lock_guard lock(mutex_);
    deliver_ = nullptr;
    writers.swap(writers_);
  }
  // Outside of the lock: what a writer still tells comes back here.
  writers.clear();
}

void LogSink::sink_it_(const spdlog::details::log_msg& message) {
  const auto entry = std::make_shared<const LogEntry>(log_entry(message));
  for (const auto& writer : writers_) writer->push(entry);
  if (deliver_) deliver_(*entry);
}

}  // namespace supervisor
