#include "worker/report/message_sink.h"

#include <poll.h>
#include <unistd.h>

#include <variant>

namespace worker {

void MessageSink::send(const common::Message& message) {
  const std::string line = common::format_message(sender_, message);
  const std::lock_guard lock(mutex_);
  if (write_waiting(0) && write_line(line, 0)) return;
  if (std::holds_alternative<common::Heartbeat>(message) || waiting_.size() >= waiting_lines_max) {
    ++dropped_;
    return;
  }
  waiting_.push_back(line);
}

void MessageSink::drain(std::chrono::milliseconds patience) {
  const std::lock_guard lock(mutex_);
  write_waiting(static_cast<int>(patience.count()));
}

bool MessageSink::write_waiting(int timeout_ms) {
  while (!waiting_.empty()) {
    if (!write_line(waiting_.front(), timeout_ms)) return false;
    waiting_.pop_front();
  }
  return true;
}

bool MessageSink::write_line(const std::string& line, int timeout_ms) {
  // A pipe that polls writable takes PIPE_BUF bytes at once, and no line is longer.
  pollfd poll{fd_, POLLOUT, 0};
  if (::poll(&poll, 1, timeout_ms) != 1 || (poll.revents & POLLOUT) == 0) return false;
  return ::write(fd_, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

}  // namespace worker
