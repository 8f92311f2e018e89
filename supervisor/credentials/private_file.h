// SHELL: files that hold a secret (a password, a key). Blocks on the disk: never on the event loop.
#pragma once

#include <string>

#include "common/result.h"

namespace supervisor {

// The whole regular file, at most `limit_bytes`. Refused: one that everybody may read or that others may
// change (fault C11); the error names it and says how to mend it.
common::Result<std::string> read_private_file(const std::string& path, std::size_t limit_bytes);

}  // namespace supervisor
