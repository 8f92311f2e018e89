#include "supervisor/keep/instance_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

namespace supervisor {
namespace {

constexpr std::chrono::milliseconds look_again{20};

std::string holder(int fd) {
  std::array<char, 32> text{};
  const ssize_t n = ::pread(fd, text.data(), text.size() - 1, 0);
  std::string pid;
  for (ssize_t i = 0;
       i < n && text[static_cast<std::size_t>(i)] >= '0' && text[static_cast<std::size_t>(i)] <= '9'; ++i)
    pid += text[static_cast<std::size_t>(i)];
  return pid.empty() ? "another instance" : "another instance, process " + pid + ",";
}

}  // namespace

common::Result<InstanceLock> InstanceLock::take(const std::string& directory,
                                                std::chrono::milliseconds wait) {
  const std::string path = directory + "/lock";
  common::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return common::errno_error("cannot open " + path, errno);
  const auto until = std::chrono::steady_clock::now() + wait;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return common::errno_error("cannot lock " + path, errno);
    if (std::chrono::steady_clock::now() >= until) {
      return common::Error(
          holder(fd.get()) + " holds " + path + ": stop it, or give this one a server.runtime_dir of its own",
          EWOULDBLOCK);
    }
    std::this_thread::sleep_for(look_again);
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd.get(), 0) == 0) (void)!::pwrite(fd.get(), pid.data(), pid.size(), 0);
  return InstanceLock(std::move(fd));
}

}  // namespace supervisor
