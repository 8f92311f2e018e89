#include "worker/roles/command_reader.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "common/exit_reason.h"

namespace worker {

CommandReader::Batch CommandReader::read() {
  Batch batch;
  pollfd poll{fd_, POLLIN, 0};
  if (::poll(&poll, 1, 0) != 1) return batch;
  std::array<char, common::line_bytes_max> bytes{};
  const ssize_t got = ::read(fd_, bytes.data(), bytes.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return batch;
  batch.ended = got <= 0;
  for (ssize_t i = 0; i < got; ++i) {
    const char byte = bytes[static_cast<std::size_t>(i)];
    if (byte == '\n') {
      take_line(batch);
    } else if (line_.size() < common::line_bytes_max) {
      line_.push_back(byte);
    } else {
      too_long_ = true;
    }
  }
  batch.flooded = refused_ > refused_max;
  return batch;
}

void CommandReader::take_line(Batch& batch) {
  auto command = too_long_ ? common::Result<common::Command>(common::error("longer than a line may be"))
                           : common::parse_command(line_);
  line_.clear();
  too_long_ = false;
  if (command) {
    batch.commands.push_back(*command);
  } else if (++refused_ <= refused_max) {
    batch.refused.push_back(command.error().reason);
  }
}

void exit_when_closed(int fd) {
  std::thread([fd] {
    pollfd poll{fd, POLLRDHUP, 0};
    while (::poll(&poll, 1, -1) < 1 || (poll.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) == 0) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ::_exit(static_cast<int>(common::ExitReason::Ok));
  }).detach();
}

}  // namespace worker
