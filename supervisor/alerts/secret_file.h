// SHELL: a secret that lies in a file of its own (password, address with a key, signing key). Read when it is
// needed, so that it can be changed at any time; never logged, no error tells of its content. Blocks on the
// disk: sinks' threads only.
#pragma once

#include <string>

#include "common/result.h"

namespace supervisor {

inline constexpr std::size_t secret_bytes_max = 4096;

// A regular file of one line; the answer is without its line break. Refused: a file that everybody may read
// or that others may change (fault C11); the error says how to mend it.
common::Result<std::string> read_secret(const std::string& path);

}  // namespace supervisor
