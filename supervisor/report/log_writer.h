// SHELL: one place that log lines are written to - the journal, standard error, a file - with a thread and a
// bounded queue of its own. What blocks or dies there touches neither the event loop nor the other places:
// its oldest lines are dropped and counted. A place that fails is told of once, and once more when it works
// again.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "common/result.h"
#include "supervisor/report/log_buffer.h"

namespace supervisor {

class LogOutput {
 public:
  virtual ~LogOutput() = default;
  // "standard error", "log.file /var/log/x": for people.
  virtual std::string name() const = 0;
  // May block. The error says why the line is not there.
  virtual common::Result<void> write(const LogEntry& entry) = 0;
};

class LogWriter {
 public:
  static constexpr std::size_t queue_lines_default = 1024;
  static constexpr std::chrono::seconds lost_told_every{10};  // while lines go on being lost

  // A line about the place itself; called on the writer's thread, and may end in push().
  using Tell = std::function<void(LogLevel level, const std::string& text)>;

  LogWriter(std::unique_ptr<LogOutput> output, Tell tell, std::size_t queue_lines_max = queue_lines_default);
  // Writes what is queued; waits for the place.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Any thread; never waits for the place.
  void push(std::shared_ptr<const LogEntry> entry);
  // Lines that did not get there: dropped from the queue or refused by the place. Any thread.
  std::uint64_t lost() const;

 private:
  void run();
  void write(const LogEntry& entry);
  void tell_lost();

  std::unique_ptr<LogOutput> output_;
  Tell tell_;
  std::size_t queue_lines_max_;
  mutable std::mutex mutex_;  // of the next five; held for moments only
  std::condition_variable news_;
  std::deque<std::shared_ptr<const LogEntry>> queue_;
  std::uint64_t dropped_ = 0;
  std::uint64_t refused_ = 0;
  bool ends_ = false;
  // The thread's own.
  std::string failing_;  // why; empty: it works
  std::uint64_t refused_in_a_row_ = 0;
  std::uint64_t dropped_told_ = 0;
  std::chrono::steady_clock::time_point told_at_{};
  std::thread thread_;
};

}  // namespace supervisor
