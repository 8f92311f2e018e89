#include "worker/report/process_limits.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "common/unique_fd.h"

namespace worker {
namespace {

constexpr std::size_t spare_bytes = 4u << 20;

}  // namespace

bool descriptors_left() {
  const common::UniqueFd spare(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  return spare || errno != EMFILE;
}

bool memory_left() {
  void* spare = ::mmap(nullptr, spare_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (spare == MAP_FAILED) return false;
  ::munmap(spare, spare_bytes);
  return true;
}

}  // namespace worker
