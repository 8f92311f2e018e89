// SHELL: how full the disk of a directory is. statvfs can hang for ever on a dead mount, so it runs on a
// thread of its own; the event loop reads the last figure and never waits, not even in the destructor (a hung
// thread is left behind: it holds only its own state).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace supervisor {

class DiskUsage {
 public:
  explicit DiskUsage(std::string path, std::chrono::milliseconds interval = std::chrono::seconds(5));
  DiskUsage(const DiskUsage&) = delete;
  DiskUsage& operator=(const DiskUsage&) = delete;
  ~DiskUsage();

  struct Figure {
    double used_percent = 0;  // as df(1): of what an ordinary user could use
    std::uint64_t total_bytes = 0;
    std::uint64_t free_bytes = 0;  // for an ordinary user
  };
  // Nothing before the first answer, and when the directory cannot be asked. Any thread.
  std::optional<Figure> last() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace supervisor
