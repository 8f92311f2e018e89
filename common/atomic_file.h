// Files that are either the old text or the new one, never half of each: write beside, fsync on request,
// rename. Blocks on the disk: never called from the supervisor's event loop (the mirror and state writer have
// own threads).
#pragma once

#include <span>
#include <string>

#include "common/result.h"

namespace common {

// Replaces `path` by `bytes` with permission bits `mode`, whatever the umask. The temporary name is `path` +
// ".tmp", on the same disk. A failure leaves the old file as it was and removes the temporary one.
Result<void> write_atomically(const std::string& path, std::span<const char> bytes, unsigned mode,
                              bool sync = false);

// The whole file, at most `limit_bytes`: a longer one is an error and is not read further.
Result<std::string> read_file(const std::string& path, std::size_t limit_bytes);

}  // namespace common
