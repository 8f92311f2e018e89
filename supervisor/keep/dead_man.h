// Watches the event loop from a thread of its own: when the loop has not turned for `patience`, one line on
// stderr says where it is stuck (the step it is in, the kernel's wait channel, the stack of its thread), and
// the process aborts, so that whoever watches it starts another. Not fooled by a stop of the whole process
// (SIGSTOP, a debugger, a suspended machine): it counts its own looks, not the clock.
//
// The stack is written by a signal handler of the loop's thread with backtrace_symbols_fd(3), which does not
// allocate; the first call of backtrace(3) does, so it is made at the start.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace supervisor {

struct DeadManSettings {
  std::chrono::milliseconds patience{10'000};
  std::chrono::milliseconds look_interval{500};
};

class DeadMan {
 public:
  // Call in the thread of the loop. One in a process.
  explicit DeadMan(DeadManSettings settings);
  ~DeadMan();
  DeadMan(const DeadMan&) = delete;
  DeadMan& operator=(const DeadMan&) = delete;

  // The loop turned. Any moment, from the loop's thread; costs one store.
  void turned() { turns_.fetch_add(1, std::memory_order_relaxed); }
  // What the loop does while this lives, for that line; a string literal.
  class Step {
   public:
    explicit Step(const char* name) : before_(step_.exchange(name, std::memory_order_relaxed)) {}
    ~Step() { step_.store(before_, std::memory_order_relaxed); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    const char* before_;
  };

 private:
  void watch();
  [[noreturn]] void report_and_abort();

  static std::atomic<const char*> step_;

  DeadManSettings settings_;
  std::atomic<std::uint64_t> turns_{0};
  pthread_t loop_thread_;
  int loop_tid_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace supervisor
