#include "common/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "common/unique_fd.h"

namespace common {
namespace {

Result<void> write_all(int fd, std::span<const char> bytes, const std::string& path) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error("cannot write " + path, errno);
    done += static_cast<std::size_t>(n);
  }
  return {};
}

Result<void> write_new(const std::string& path, std::span<const char> bytes, unsigned mode, bool sync) {
  // O_NOFOLLOW and O_EXCL: a link planted under the temporary name is not written through.
  ::unlink(path.c_str());
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) return errno_error("cannot create " + path, errno);
  (void)::fchmod(fd.get(), mode);  // whatever the umask; some file systems have no modes
  if (auto written = write_all(fd.get(), bytes, path); !written) return written;
  if (sync && ::fsync(fd.get()) != 0) return errno_error("cannot sync " + path, errno);
  // close() reports what a network file system could not write.
  if (::close(fd.release()) != 0) return errno_error("cannot close " + path, errno);
  return {};
}

}  // namespace

Result<void> write_atomically(const std::string& path, std::span<const char> bytes, unsigned mode,
                              bool sync) {
  const std::string temporary = path + ".tmp";
  if (auto written = write_new(temporary, bytes, mode, sync); !written) {
    ::unlink(temporary.c_str());
    return written;
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int number = errno;
    ::unlink(temporary.c_str());
    return errno_error("cannot rename to " + path, number);
  }
  return {};
}

Result<std::string> read_file(const std::string& path, std::size_t limit_bytes) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return errno_error("cannot open " + path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return Error{"cannot read " + path + ": it is a directory", EISDIR};
  }
  std::string text;
  char chunk[16384];
  for (;;) {
    const ssize_t n = ::read(fd.get(), chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error("cannot read " + path, errno);
    if (n == 0) return text;
    text.append(chunk, static_cast<std::size_t>(n));
    if (text.size() > limit_bytes) {
      return error(path + " is larger than " + std::to_string(limit_bytes) + " bytes");
    }
  }
}

}  // namespace common
