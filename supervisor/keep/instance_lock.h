// One instance for one runtime directory: flock(2) on a file in it. The kernel releases it with the process,
// however that ends, so a stale file is no obstacle (faults S03, S04); the process id in it is for people
// only.
#pragma once

#include <chrono>
#include <string>

#include "common/result.h"
#include "common/unique_fd.h"

namespace supervisor {

class InstanceLock {
 public:
  // A predecessor that was just killed may need a moment to be gone.
  static constexpr std::chrono::milliseconds patience{300};

  // Errors: EWOULDBLOCK when another instance holds it (the reason names it and the way out), else of open.
  static common::Result<InstanceLock> take(const std::string& directory,
                                           std::chrono::milliseconds wait = patience);

 private:
  explicit InstanceLock(common::UniqueFd fd) : fd_(std::move(fd)) {}
  common::UniqueFd fd_;
};

}  // namespace supervisor
