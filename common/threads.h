// SHELL: the beginning and the end of a thread, where the one may be refused and the other may not come.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "common/result.h"

namespace common {

// Lets `thread`, which is none yet, run `work`. The error: the system gives no thread now (a limit of
// processes, no memory).
Result<void> start_thread(std::thread& thread, std::function<void()> work);

// Ends `thread`, which sets `finished` and notifies `changed` as its last act, both under the mutex of
// `lock`: joined when that happens before `until`, else left behind, for nobody can end a system call that
// hangs. What such a thread uses must therefore outlive the caller. `lock` is held at the call and released
// by it; a thread that was never started is fine.
void join_or_leave(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, const bool& finished,
                   std::thread& thread, std::chrono::steady_clock::time_point until);

}  // namespace common
