#include "supervisor/report/log_outputs.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

namespace supervisor {
namespace {

constexpr mode_t file_mode = 0640;

bool must_wait(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

void wait_writable(int fd, int milliseconds) {
  pollfd writable{fd, POLLOUT, 0};
  (void)::poll(&writable, 1, milliseconds);
}

}  // namespace

common::Result<void> write_whole(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && must_wait(errno)) {
      wait_writable(fd, -1);
      continue;
    }
    if (written < 0) return common::errno_error("write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

common::Result<void> DescriptorOutput::write(const LogEntry& entry) {
  const auto written = write_whole(fd_, format_log_line(entry, style_));
  if (!written && written.error().system_errno == EPIPE) return {};
  return written;
}

JournalOutput::JournalOutput(const std::string& socket_path, int fallback_fd) : fallback_fd_(fallback_fd) {
  if (socket_path.size() >= sizeof address_.sun_path) return;
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, socket_path.c_str(), socket_path.size() + 1);
  socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

bool JournalOutput::send(const std::string& record) {
  if (!socket_) return false;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const ssize_t sent = ::sendto(
        socket_.get(), record.data(), record.size(), MSG_NOSIGNAL,
        reinterpret_cast<const sockaddr*>(&address_),
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(address_.sun_path) + 1));
    if (sent >= 0) return true;
    if (errno != EINTR && !must_wait(errno)) return false;
    // poll(2) on a socket that is not connected does not wait for the journal's queue: the time passes here.
    ::usleep(wait_ms * 1000);
  }
  return false;
}

common::Result<void> JournalOutput::write(const LogEntry& entry) {
  if (send(format_journal_record(entry))) return {};
  std::string line = "<" + std::to_string(syslog_priority(entry.level)) + ">";
  if (!entry.stream.empty()) line += log_prefix(entry.stream, entry.generation);
  const auto written = write_whole(fallback_fd_, line + entry.text + "\n");
  if (!written && written.error().system_errno == EPIPE) return {};
  return written;
}

std::string rotated_name(const std::string& path, int number) {
  const std::size_t name = path.rfind('/') + 1;  // npos + 1 is 0
  const std::size_t dot = path.rfind('.');
  const bool has_ending = dot != std::string::npos && dot > name;
  const std::string middle = "." + std::to_string(number);
  return has_ending ? path.substr(0, dot) + middle + path.substr(dot) : path + middle;
}

common::Result<void> FileOutput::open() {
  file_.reset(
      ::open(settings_.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, file_mode));
  if (!file_) return common::errno_error("it cannot be opened", errno);
  struct stat found {};
  if (::fstat(file_.get(), &found) != 0) return common::errno_error("fstat", errno);
  bytes_ = static_cast<std::uint64_t>(found.st_size);
  device_ = found.st_dev;
  inode_ = found.st_ino;
  return {};
}

bool FileOutput::was_moved() const {
  struct stat found {};
  return ::stat(settings_.path.c_str(), &found) != 0 || found.st_dev != device_ || found.st_ino != inode_;
}

void FileOutput::rotate() {
  file_.reset();
  for (int number = settings_.files - 1; number >= 1; --number) {
    (void)std::rename(rotated_name(settings_.path, number).c_str(),
                      rotated_name(settings_.path, number + 1).c_str());
  }
  // When this fails the file only grows on: better than a log that ends.
  if (std::rename(settings_.path.c_str(), rotated_name(settings_.path, 1).c_str()) != 0) bytes_ = 0;
}

common::Result<void> FileOutput::append(const std::string& line) {
  if (file_ && was_moved()) file_.reset();
  if (file_ && bytes_ > 0 && bytes_ + line.size() > settings_.bytes_max) rotate();
  if (!file_) {
    if (const auto opened = open(); !opened) return opened;
    if (bytes_ > 0 && bytes_ + line.size() > settings_.bytes_max) {
      rotate();
      if (const auto opened = open(); !opened) return opened;
    }
  }
  const auto written = write_whole(file_.get(), line);
  if (written) {
    bytes_ += line.size();
  } else {
    // A full disk takes the beginning of a line: the next one must not be glued to it.
    (void)!::ftruncate(file_.get(), static_cast<off_t>(bytes_));
    file_.reset();
  }
  return written;
}

common::Result<void> FileOutput::write(const LogEntry& entry) {
  const auto now = std::chrono::steady_clock::now();
  if (!failure_.empty() && now - failed_at_ < retry) return common::error(failure_);
  auto written = append(format_log_line(entry, settings_.style));
  failure_ = written ? std::string() : written.error().reason;
  failed_at_ = now;
  return written;
}

}  // namespace supervisor
