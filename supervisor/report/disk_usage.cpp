#include "supervisor/report/disk_usage.h"

#include <sys/statvfs.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace supervisor {
namespace {

std::optional<DiskUsage::Figure> ask(const std::string& path) {
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0 || disk.f_blocks == 0) return std::nullopt;
  const auto used = static_cast<double>(disk.f_blocks - disk.f_bfree);
  const auto usable = used + static_cast<double>(disk.f_bavail);
  DiskUsage::Figure figure;
  figure.used_percent = usable > 0 ? 100 * used / usable : 0;
  figure.total_bytes = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
  figure.free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  return figure;
}

}  // namespace

// The lock is held for a few instructions only, never across statvfs.
struct DiskUsage::Shared {
  mutable std::mutex mutex;
  std::condition_variable wake;
  bool ended = false;
  std::optional<Figure> figure;
};

DiskUsage::DiskUsage(std::string path, std::chrono::milliseconds interval)
    : shared_(std::make_shared<Shared>()) {
  std::thread([shared = shared_, path = std::move(path), interval] {
    while (true) {
      const auto figure = ask(path);
      std::unique_lock lock(shared->mutex);
      shared->figure = figure;
      if (shared->wake.wait_for(lock, interval, [&] { return shared->ended; })) return;
    }
  }).detach();
}

DiskUsage::~DiskUsage() {
  const std::lock_guard lock(shared_->mutex);
  shared_->ended = true;
  shared_->wake.notify_all();
}

std::optional<DiskUsage::Figure> DiskUsage::last() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->figure;
}

}  // namespace supervisor
