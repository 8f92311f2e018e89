// SHELL: an spdlog sink that hands every line on as a LogEntry. log() may run on any thread (the disk mirror
// logs too), and so does `deliver`: the daemon lets it dispatch to the event loop, which owns the LogBuffer.
// `deliver` must not log.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <functional>
#include <mutex>

#include "supervisor/report/log_buffer.h"

namespace supervisor {

class LogSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  using Deliver = std::function<void(LogEntry)>;
  explicit LogSink(Deliver deliver) : deliver_(std::move(deliver)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  Deliver deliver_;
};

}  // namespace supervisor
