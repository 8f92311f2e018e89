// SHELL: a secret that lies in a file of its own (password, address with a key, signing key). Read when it is
// needed, so that it can be changed at any time; never logged, no error tells of its content. Blocks on the
// disk: sinks' threads only.
#pragma once

#include <string>

#include "common/result.h"

namespace supervisor {

struct Secret {
  std::string text;     // without the line break at its end
  std::string warning;  // others may read the file; empty: fine
};

inline constexpr std::size_t secret_bytes_max = 4096;

// A regular file of one line.
common::Result<Secret> read_secret(const std::string& path);

}  // namespace supervisor
