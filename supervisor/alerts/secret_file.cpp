#include "supervisor/alerts/secret_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "common/atomic_file.h"

namespace supervisor {

common::Result<std::string> read_secret(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return common::errno_error("cannot read " + path, errno);
  if (!S_ISREG(status.st_mode)) return common::error("cannot read " + path + ": it is no regular file");
  if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0)
    return common::error(
        path + " can be read or changed by others: chmod 0600 it (0640 when its group is the service's)");
  auto text = common::read_file(path, secret_bytes_max);
  if (!text) return text.error();
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  const bool one_line =
      std::none_of(text->begin(), text->end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
  if (text->empty() || !one_line) return common::error(path + " must hold one line of text");
  return std::move(*text);
}

}  // namespace supervisor
