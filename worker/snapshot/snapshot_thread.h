// Snapshots made beside the media: the media thread hands over a picture and fetches the JPEG at a later
// turn. The thread sleeps otherwise, runs at low priority, and never holds a lock while it works; a picture
// that comes while it is busy replaces the one that waits. Threads: every function on the media thread.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "worker/snapshot/jpeg.h"

namespace worker {

struct Snapshot {
  std::int64_t pts = 0;
  Bytes jpeg;
};

class SnapshotThread {
 public:
  SnapshotThread() = default;
  ~SnapshotThread();
  SnapshotThread(const SnapshotThread&) = delete;
  SnapshotThread& operator=(const SnapshotThread&) = delete;

  // The thread starts with the first picture.
  void ask(std::shared_ptr<const Picture> picture, std::int64_t pts);
  // What was made since the last call; a picture that could not be made is left out.
  std::optional<Snapshot> take();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::shared_ptr<const Picture> picture_;
  std::int64_t pts_ = 0;
  std::optional<Snapshot> made_;
  std::thread thread_;
};

}  // namespace worker
