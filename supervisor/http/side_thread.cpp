#include "supervisor/http/side_thread.h"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "common/threads.h"

namespace supervisor {

struct SideThread::Shared : std::enable_shared_from_this<Shared> {
  struct Job {
    std::function<bool()> work;
    std::function<void(bool)> done;
  };

  Shared(boost::asio::io_context& loop, int nice) : context(loop), niceness(nice) {}
  void run();
  // Under the mutex, so that nothing is posted to a loop after the destructor has returned.
  void report(std::function<void(bool)> done, bool result);

  boost::asio::io_context& context;
  const int niceness;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;
  bool stopping = false;
  bool finished = true;
  std::thread thread;
};

void SideThread::Shared::report(std::function<void(bool)> done, bool result) {
  boost::asio::post(context, [weak = weak_from_this(), done = std::move(done), result] {
    const auto alive = weak.lock();
    if (alive && !alive->stopping) done(result);  // `stopping` is written by the loop's thread only
  });
}

void SideThread::Shared::run() {
  // Of this thread alone, as Linux has it.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return stopping || !jobs.empty(); });
    if (stopping) break;
    Job job = std::move(jobs.front());
    jobs.pop_front();
    lock.unlock();
    const bool result = job.work();
    lock.lock();
    if (!stopping) report(std::move(job.done), result);
  }
  finished = true;
  changed.notify_all();
}

SideThread::SideThread(boost::asio::io_context& context, int niceness)
    : shared_(std::make_shared<Shared>(context, niceness)) {}

SideThread::~SideThread() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  common::join_or_leave(lock, shared_->changed, shared_->finished, shared_->thread,
                        std::chrono::steady_clock::now() + stop_wait);
}

bool SideThread::offer(std::function<bool()> work, std::function<void(bool)> done) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->jobs.size() >= queue_max) return false;
  shared_->jobs.push_back({std::move(work), std::move(done)});
  if (!shared_->thread.joinable()) {
    if (!common::start_thread(shared_->thread, [shared = shared_] { shared->run(); })) {
      shared_->jobs.pop_back();
      return false;
    }
    shared_->finished = false;
  }
  shared_->changed.notify_all();
  return true;
}

}  // namespace supervisor
