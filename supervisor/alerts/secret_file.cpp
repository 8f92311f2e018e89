#include "supervisor/alerts/secret_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "common/atomic_file.h"

namespace supervisor {

common::Result<Secret> read_secret(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return common::errno_error("cannot read " + path, errno);
  if (!S_ISREG(status.st_mode)) return common::error("cannot read " + path + ": it is no regular file");
  auto text = common::read_file(path, secret_bytes_max);
  if (!text) return text.error();
  Secret secret{std::move(*text), {}};
  while (!secret.text.empty() && (secret.text.back() == '\n' || secret.text.back() == '\r'))
    secret.text.pop_back();
  const bool one_line = std::none_of(secret.text.begin(), secret.text.end(),
                                     [](unsigned char c) { return c < ' ' || c == 0x7F; });
  if (secret.text.empty() || !one_line) return common::error(path + " must hold one line of text");
  if ((status.st_mode & (S_IRWXG | S_IRWXO) & ~S_IRGRP) != 0) {
    secret.warning = path + " can be read or changed by others: chmod 0600 it";
  }
  return secret;
}

}  // namespace supervisor
