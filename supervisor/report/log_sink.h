// SHELL: the spdlog sink that every line goes through, once: it becomes a LogEntry that is printable and
// without secrets, and is handed to memory (`deliver`) and to the writers (log_writer.h). Nothing here waits
// for any of them. log() may run on any thread, and so does `deliver`: the daemon lets it dispatch to the
// event loop, which owns the LogBuffer. `deliver` must not log.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "supervisor/report/log_buffer.h"
#include "supervisor/report/log_writer.h"

namespace supervisor {

class LogSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  using Deliver = std::function<void(LogEntry)>;
  explicit LogSink(Deliver deliver) : deliver_(std::move(deliver)) {}

  void add(std::unique_ptr<LogWriter> writer);
  // Lines that some place did not get, of all places together.
  std::uint64_t lost();
  // Lines of later are for nobody. Returns once the writers have written what they have.
  void close();

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  Deliver deliver_;
  std::vector<std::unique_ptr<LogWriter>> writers_;
};

// The entry of one spdlog message.
LogEntry log_entry(const spdlog::details::log_msg& message);

}  // namespace supervisor
