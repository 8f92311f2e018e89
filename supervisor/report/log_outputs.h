// SHELL: the places of LogWriter. Each belongs to one writer's thread, and may block there.
#pragma once

#include <sys/un.h>

#include "common/unique_fd.h"
#include "supervisor/report/log_format.h"
#include "supervisor/report/log_writer.h"

namespace supervisor {

// A descriptor that is open already: standard error. A reader that went away (EPIPE) is no error: nobody
// wants the lines.
class DescriptorOutput : public LogOutput {
 public:
  DescriptorOutput(int fd, LogStyle style) : fd_(fd), style_(style) {}
  std::string name() const override { return "standard error"; }
  common::Result<void> write(const LogEntry& entry) override;

 private:
  int fd_;
  LogStyle style_;
};

// The journal by its native protocol; lines that it does not take go to standard error, as text with the
// priority in front (sd-daemon(3)).
class JournalOutput : public LogOutput {
 public:
  static constexpr const char* default_socket = "/run/systemd/journal/socket";
  static constexpr int wait_ms = 200;  // for a journal that is behind

  explicit JournalOutput(const std::string& socket_path = default_socket, int fallback_fd = 2);
  std::string name() const override { return "the journal"; }
  common::Result<void> write(const LogEntry& entry) override;

 private:
  bool send(const std::string& record);

  sockaddr_un address_{};
  common::UniqueFd socket_;
  int fallback_fd_;
};

// A file that is renamed to NAME.1.EXT (and that to NAME.2.EXT, ...) when it is full. Made at the first line,
// with the mode 0640; opened again when the file was moved away by others (logrotate), and after an error at
// most once in `retry`.
class FileOutput : public LogOutput {
 public:
  static constexpr std::chrono::seconds retry{5};

  struct Settings {
    std::string path;
    std::uint64_t bytes_max = 10u << 20;
    int files = 5;  // older ones beside the one that is written
    LogStyle style = LogStyle::Text;
  };
  explicit FileOutput(Settings settings) : settings_(std::move(settings)) {}
  std::string name() const override { return "log.file " + settings_.path; }
  common::Result<void> write(const LogEntry& entry) override;

 private:
  common::Result<void> open();
  common::Result<void> append(const std::string& line);
  void rotate();
  bool was_moved() const;

  Settings settings_;
  common::UniqueFd file_;
  std::uint64_t bytes_ = 0;
  std::uint64_t device_ = 0, inode_ = 0;
  std::chrono::steady_clock::time_point failed_at_{};
  std::string failure_;  // until the next attempt
};

// "streamer.log", 2 -> "streamer.2.log". Pure.
std::string rotated_name(const std::string& path, int number);

// Writes all of it; EINTR and a descriptor that does not block are looked after.
common::Result<void> write_whole(int fd, std::string_view bytes);

}  // namespace supervisor
