#include "supervisor/daemon/logging.h"

#include <spdlog/async.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <thread>

#include "supervisor/report/log_sink.h"

namespace supervisor {
namespace {

constexpr std::size_t queue_lines = 512;
constexpr std::chrono::seconds log_drain_max{1};
constexpr const char* pattern = "%Y-%m-%dT%H:%M:%S.%e %^%-5l%$ %v";

spdlog::sink_ptr file_sink(const Log& settings) {
  const auto bytes = static_cast<std::size_t>(settings.max_size_mb) << 20;
  return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(settings.file, bytes,
                                                                static_cast<std::size_t>(settings.max_files));
}

}  // namespace

void start_logging(const Log& settings, std::function<void(LogEntry)> deliver) {
  std::vector<spdlog::sink_ptr> sinks = {std::make_shared<spdlog::sinks::stderr_color_sink_mt>()};
  std::string file_trouble;
  if (!settings.file.empty()) {
    try {
      sinks.push_back(file_sink(settings));
    } catch (const spdlog::spdlog_ex& failure) {
      file_trouble = failure.what();
    }
  }
  for (const auto& sink : sinks) sink->set_pattern(pattern);
  sinks.push_back(std::make_shared<LogSink>(std::move(deliver)));
  spdlog::init_thread_pool(queue_lines, 1);
  auto logger =
      std::make_shared<spdlog::async_logger>("supervisor", sinks.begin(), sinks.end(), spdlog::thread_pool(),
                                             spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(spdlog::level::from_str(settings.level == "warn" ? "warning" : settings.level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  if (!file_trouble.empty()) spdlog::error("log.file: {}: logging to standard error only", file_trouble);
}

void stop_logging(int exit_code) {
  std::thread([exit_code] {
    std::this_thread::sleep_for(log_drain_max);
    std::_Exit(exit_code);
  }).detach();
  spdlog::shutdown();
}

}  // namespace supervisor
