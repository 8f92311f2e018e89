#include "common/threads.h"

#include <system_error>
#include <utility>

namespace common {

Result<void> start_thread(std::thread& thread, std::function<void()> work) {
  try {
    thread = std::thread(std::move(work));
    return {};
  } catch (const std::system_error& failure) {
    return errno_error("cannot start a thread", failure.code().value());
  }
}

void join_or_leave(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, const bool& finished,
                   std::thread& thread, std::chrono::steady_clock::time_point until) {
  // Taken out of what the thread itself may be the last to own.
  std::thread ending = std::move(thread);
  const bool in_time =
      !ending.joinable() || changed.wait_until(lock, until, [&finished] { return finished; });
  lock.unlock();
  if (!ending.joinable()) return;
  in_time ? ending.join() : ending.detach();
}

}  // namespace common
