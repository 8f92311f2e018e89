// A thread for what takes long: comparing passwords, reading and writing small files. Shell. At most
// queue_max jobs wait; the thread starts with the first one. Called on the event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace supervisor {

class SideThread {
 public:
  static constexpr std::size_t queue_max = 16;
  static constexpr std::chrono::milliseconds stop_wait{1000};

  // `niceness`: 0 as everybody, up to 19.
  explicit SideThread(boost::asio::io_context& context, int niceness = 0);
  ~SideThread();  // waits for the job that runs, at most stop_wait; those behind it are dropped
  SideThread(const SideThread&) = delete;
  SideThread& operator=(const SideThread&) = delete;

  // `work` runs on the thread, then `done` on the event loop with what it returned; `done` is not called
  // after the destructor. False: the queue is full or the system gives no thread now; neither is called.
  bool offer(std::function<bool()> work, std::function<void(bool)> done);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace supervisor
