// Messages to the supervisor: one JSON line and one write() each, on stderr. Never blocks the caller: while
// the supervisor does not read, heartbeats are dropped and counted, everything else waits in a bounded queue.
// Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <string>

#include "common/protocol.h"

namespace worker {

class MessageSink {
 public:
  static constexpr std::size_t waiting_lines_max = 64;

  // fd stays the caller's. Nobody else may write to it: that is why a write after poll() cannot block.
  MessageSink(int fd, common::Sender sender) : fd_(fd), sender_(std::move(sender)) {}

  void send(const common::Message& message);
  void log(const std::string& level, const std::string& text) { send(common::LogLine{level, text}); }
  // Writes what waits, at most for `patience`: for the last words.
  void drain(std::chrono::milliseconds patience);
  std::uint64_t dropped() const { return dropped_; }

 private:
  bool write_waiting(int timeout_ms);
  bool write_line(const std::string& line, int timeout_ms);

  const int fd_;
  const common::Sender sender_;
  std::mutex mutex_;
  std::deque<std::string> waiting_;
  std::atomic<std::uint64_t> dropped_ = 0;
};

}  // namespace worker
