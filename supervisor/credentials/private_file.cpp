#include "supervisor/credentials/private_file.h"

#include <sys/stat.h>

#include <cerrno>

#include "common/atomic_file.h"

namespace supervisor {

common::Result<std::string> read_private_file(const std::string& path, std::size_t limit_bytes) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return common::errno_error("cannot read " + path, errno);
  if (!S_ISREG(status.st_mode)) return common::error("cannot read " + path + ": it is no regular file");
  if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0)
    return common::error(
        path + " can be read or changed by others: chmod 0600 it (0640 when its group is the service's)");
  return common::read_file(path, limit_bytes);
}

}  // namespace supervisor
