#include "supervisor/http/side_thread.h"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace supervisor {
namespace {

constexpr int lower_priority = 10;

}  // namespace

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
  const bool finished = shared_->changed.wait_for(lock, stop_wait, [this] { return shared_->finished; });
  std::thread thread = std::move(shared_->thread);
  lock.unlock();
  if (!thread.joinable()) return;
  if (finished) {
    thread.join();
  } else {
    thread.detach();
  }
}

bool SideThread::offer(std::function<bool()> work, std::function<void(bool)> done) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->jobs.size() >= queue_max) return false;
  shared_->jobs.push_back({std::move(work), std::move(done)});
  if (!shared_->thread.joinable()) {
    shared_->finished = false;
    shared_->thread = std::thread([shared = shared_] { shared->run(); });
  }
  shared_->changed.notify_all();
  return true;
}

}  // namespace supervisor
