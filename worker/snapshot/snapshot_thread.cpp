#include "worker/snapshot/snapshot_thread.h"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

namespace worker {
namespace {

constexpr int niceness = 10;

}  // namespace

SnapshotThread::~SnapshotThread() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SnapshotThread::ask(std::shared_ptr<const Picture> picture, std::int64_t pts) {
  {
    const std::lock_guard lock(mutex_);
    picture_ = std::move(picture);
    pts_ = pts;
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  wake_.notify_all();
}

std::optional<Snapshot> SnapshotThread::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(made_, std::nullopt);
}

void SnapshotThread::run() {
  // On Linux a thread has a niceness of its own.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || picture_; });
    if (stop_) return;
    const auto picture = std::exchange(picture_, nullptr);
    const std::int64_t pts = pts_;
    lock.unlock();
    auto jpeg = make_jpeg(*picture);
    lock.lock();
    if (jpeg) made_ = Snapshot{pts, std::move(*jpeg)};
  }
}

}  // namespace worker
