#include "supervisor/keep/directory_place.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

namespace supervisor {
namespace {

// A closed body is read-only, which holds for everybody but root.
common::UniqueFd open_own(const std::string& path) {
  common::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  const bool is_own = fd && ::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode) &&
                      status.st_uid == ::geteuid() && status.st_nlink == 1;
  if (!is_own) fd.reset();
  return fd;
}

}  // namespace

common::Result<common::UniqueFd> DirectoryPlace::create(const std::string& name) {
  ::unlink(path(name).c_str());
  common::UniqueFd fd(
      ::open(path(name).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!fd) return common::errno_error("cannot create " + path(name), errno);
  return fd;
}

void DirectoryPlace::forget(const std::string& name) {
  ::unlink(path(name).c_str());
}

std::map<std::string, common::UniqueFd> DirectoryPlace::inherited() {
  std::map<std::string, common::UniqueFd> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(directory_.c_str()), ::closedir);
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name.starts_with('.')) continue;
    if (auto fd = open_own(path(name))) found.emplace(name, std::move(fd));
  }
  return found;
}

}  // namespace supervisor
