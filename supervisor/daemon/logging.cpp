#include "supervisor/daemon/logging.h"

#include <signal.h>
#include <spdlog/logger.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "supervisor/report/log_outputs.h"
#include "supervisor/report/log_sink.h"

namespace supervisor {
namespace {

constexpr unsigned log_drain_seconds_max = 1;
volatile sig_atomic_t exit_code_at_alarm = 0;

// Kept for the whole process: what logs late, from a thread or a destructor, finds it.
std::shared_ptr<LogSink>& the_sink() {
  static std::shared_ptr<LogSink> sink;
  return sink;
}

bool is_journal() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat found {};
  return stream != nullptr && ::fstat(STDERR_FILENO, &found) == 0 &&
         is_journal_stream(stream, found.st_dev, found.st_ino);
}

std::unique_ptr<LogOutput> standard_output(const Log& settings) {
  if (is_journal()) return std::make_unique<JournalOutput>();
  const LogStyle plain = ::isatty(STDERR_FILENO) == 1 ? LogStyle::ColorText : LogStyle::Text;
  return std::make_unique<DescriptorOutput>(STDERR_FILENO,
                                            settings.format == "json" ? LogStyle::Json : plain);
}

std::unique_ptr<LogOutput> file_output(const Log& settings) {
  return std::make_unique<FileOutput>(
      FileOutput::Settings{settings.file, static_cast<std::uint64_t>(settings.max_size_mb) << 20,
                           settings.max_files, settings.format == "json" ? LogStyle::Json : LogStyle::Text});
}

std::unique_ptr<LogWriter> writer_of(std::unique_ptr<LogOutput> output) {
  return std::make_unique<LogWriter>(std::move(output), [](LogLevel level, const std::string& text) {
    spdlog::log(level == LogLevel::Info   ? spdlog::level::info
                : level == LogLevel::Warn ? spdlog::level::warn
                                          : spdlog::level::err,
                "{}", text);
  });
}

}  // namespace

void start_logging(const Log& settings, std::function<void(LogEntry)> deliver) {
  auto sink = std::make_shared<LogSink>(std::move(deliver));
  the_sink() = sink;
  auto logger = std::make_shared<spdlog::logger>("supervisor", sink);
  logger->set_level(spdlog::level::from_str(settings.level == "warn" ? "warning" : settings.level));
  spdlog::set_default_logger(std::move(logger));
  sink->add(writer_of(standard_output(settings)));
  if (!settings.file.empty()) sink->add(writer_of(file_output(settings)));
}

std::uint64_t log_lines_lost() {
  return the_sink() ? the_sink()->lost() : 0;
}

// An alarm and no thread: there may be none to be had, and then of all times.
void stop_logging(int exit_code) {
  exit_code_at_alarm = exit_code;
  ::signal(SIGALRM, [](int) { std::_Exit(exit_code_at_alarm); });
  ::alarm(log_drain_seconds_max);
  if (the_sink()) the_sink()->close();
}

}  // namespace supervisor
