#include "supervisor/keep/dead_man.h"

#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace supervisor {
namespace {

constexpr int frames_max = 48;
constexpr std::chrono::milliseconds stack_wait{500};

std::atomic<bool> stack_written{false};

void say(const char* text) {
  (void)!::write(STDERR_FILENO, text, std::strlen(text));
}

// Runs in the thread of the loop, wherever that is stuck.
void write_stack(int) {
  const int number = errno;
  std::array<void*, frames_max> frames{};
  const int count = ::backtrace(frames.data(), frames_max);
  ::backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
  stack_written.store(true);
  errno = number;
}

void say_file(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  std::array<char, 64> text{};
  const ssize_t n = fd < 0 ? 0 : ::read(fd, text.data(), text.size() - 1);
  if (fd >= 0) ::close(fd);
  say(n > 0 ? text.data() : "?");
}

// A full pipe at stderr must not keep this thread from its last duty.
void never_wait_for_stderr() {
  const int flags = ::fcntl(STDERR_FILENO, F_GETFL);
  if (flags >= 0) ::fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
}

}  // namespace

std::atomic<const char*> DeadMan::step_{"between events"};

DeadMan::DeadMan(DeadManSettings settings)
    : settings_(settings),
      loop_thread_(::pthread_self()),
      loop_tid_(static_cast<int>(::syscall(SYS_gettid))) {
  void* first = nullptr;
  ::backtrace(&first, 1);
  struct sigaction action {};
  action.sa_handler = write_stack;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGUSR2, &action, nullptr);
  thread_ = std::thread([this] { watch(); });
}

DeadMan::~DeadMan() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void DeadMan::watch() {
  const auto looks_max = std::max<std::int64_t>(2, settings_.patience / settings_.look_interval);
  std::uint64_t seen = turns_.load(std::memory_order_relaxed);
  std::int64_t looks = 0;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, settings_.look_interval, [this] { return ending_; })) {
    const std::uint64_t turns = turns_.load(std::memory_order_relaxed);
    looks = turns == seen ? looks + 1 : 0;
    seen = turns;
    if (looks >= looks_max) report_and_abort();
  }
}

void DeadMan::report_and_abort() {
  never_wait_for_stderr();
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%d/wchan", loop_tid_);
  say("dead man: the event loop does not turn; step: ");
  say(step_.load(std::memory_order_relaxed));
  say("; kernel: ");
  say_file(path.data());
  say("; stack:\n");
  ::pthread_kill(loop_thread_, SIGUSR2);
  const timespec nap{0, 10'000'000};
  for (auto waited = std::chrono::milliseconds(0); waited < stack_wait && !stack_written.load();
       waited += std::chrono::milliseconds(10)) {
    ::nanosleep(&nap, nullptr);
  }
  std::abort();
}

}  // namespace supervisor
