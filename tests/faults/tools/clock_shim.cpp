// LD_PRELOAD library of the fault tests: a wall clock that steps, for one program and not for the machine.
// CLOCK_SHIM_FILE holds two 64-bit numbers of nanoseconds, which a test changes while the program runs: what
// is added to CLOCK_REALTIME (and gettimeofday, time), and to CLOCK_BOOTTIME. The monotonic clock is never
// touched.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

struct Offsets {
  std::atomic<std::int64_t> real;
  std::atomic<std::int64_t> boot;
};

const Offsets* open_offsets() {
  const char* path = std::getenv("CLOCK_SHIM_FILE");
  const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* memory = ::mmap(nullptr, sizeof(Offsets), PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  return memory == MAP_FAILED ? nullptr : static_cast<const Offsets*>(memory);
}

std::int64_t offset_of(clockid_t clock) {
  static const Offsets* const offsets = open_offsets();
  if (offsets == nullptr) return 0;
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) return offsets->real.load();
  if (clock == CLOCK_BOOTTIME) return offsets->boot.load();
  return 0;
}

void add(struct timespec& time, std::int64_t offset) {
  const std::int64_t sum = time.tv_sec * second_ns + time.tv_nsec + offset;
  time.tv_sec = sum / second_ns;
  time.tv_nsec = sum % second_ns;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, struct timespec* time) noexcept {
  using Function = int(clockid_t, struct timespec*);
  static auto* const next = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = next(clock, time);
  if (result == 0) add(*time, offset_of(clock));
  return result;
}

int gettimeofday(struct timeval* __restrict time, void* __restrict) noexcept {
  struct timespec now {};
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) noexcept {
  struct timespec now {};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
