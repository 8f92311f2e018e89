#include "supervisor/media/disk_mirror.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include "common/atomic_file.h"

namespace supervisor {
namespace {

constexpr const char* playlist_name = "playlist.m3u8";

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

// Takes `prefix` and `suffix` off; false when they are not there.
bool strip(std::string_view& text, std::string_view prefix, std::string_view suffix) {
  if (text.size() < prefix.size() + suffix.size() || !text.starts_with(prefix) || !text.ends_with(suffix)) {
    return false;
  }
  text = text.substr(prefix.size(), text.size() - prefix.size() - suffix.size());
  return true;
}

common::Result<MirrorDirectory::Written> full_disk(const std::string& output_dir) {
  return common::errno_error("drill: output_dir " + output_dir, ENOSPC);
}

// "No space left on device" is also what a disk says that has room and no inodes.
common::Error named(common::Error failure, const std::string& directory) {
  struct statvfs disk {};
  const bool no_inodes = failure.system_errno == ENOSPC && ::statvfs(directory.c_str(), &disk) == 0 &&
                         disk.f_files > 0 && disk.f_favail == 0;
  if (no_inodes) failure.reason += " (no inodes left: remove files)";
  return failure;
}

std::span<const char> as_chars(const std::vector<std::uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

bool MirrorDirectory::is_own_name(std::string_view name) {
  if (name == "playlist.m3u8.tmp") return true;
  if (name.ends_with(".tmp")) name.remove_suffix(4);
  constexpr std::string_view hex = "0123456789abcdef";
  constexpr std::size_t init_id_digits = 8;
  if (std::string_view id = name; strip(id, "init-", ".mp4"))
    return id.size() == init_id_digits && all_of(id, hex);
  if (!strip(name, "seg-", ".m4s")) return false;
  const std::size_t dash = name.find('-');
  return dash != std::string_view::npos &&
         all_of(name.substr(0, dash), "0123456789abcdefghijklmnopqrstuvwxyz") &&
         all_of(name.substr(dash + 1), "0123456789");
}

common::Result<void> MirrorDirectory::prepare() const {
  const std::string& directory = settings_.output_dir;
  struct stat status {};
  if (::lstat(directory.c_str(), &status) != 0) {
    if (errno != ENOENT) return common::errno_error("output_dir " + directory, errno);
    if (::mkdir(directory.c_str(), settings_.output_mode) != 0) {
      return common::errno_error("cannot create output_dir " + directory, errno);
    }
    // The umask may have taken bits away that the web server needs.
    ::chmod(directory.c_str(), settings_.output_mode);
    return {};
  }
  if (S_ISLNK(status.st_mode)) {
    return common::error("output_dir " + directory + " is a symbolic link: name the directory itself");
  }
  if (!S_ISDIR(status.st_mode)) return common::error("output_dir " + directory + " is not a directory");
  return {};
}

common::Result<void> MirrorDirectory::write_file(const MirrorUpdate::File& file, Written& written) const {
  struct stat status {};
  const std::string target = path(file.name);
  const bool there = ::lstat(target.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                     static_cast<std::size_t>(status.st_size) == file.body->size();
  if (there) return {};
  const auto bytes = file.body->read(0, file.body->size());
  if (auto done = common::write_atomically(target, as_chars(bytes), settings_.file_mode); !done) return done;
  ++written.files;
  return {};
}

std::uint64_t MirrorDirectory::prune(const MirrorUpdate& update) const {
  std::unordered_set<std::string_view> wanted;
  for (const MirrorUpdate::File& file : update.files) wanted.insert(file.name);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(settings_.output_dir.c_str()), ::closedir);
  std::uint64_t freed = 0;
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    const std::string name = entry->d_name;
    struct stat status {};
    if (!is_own_name(name) || wanted.contains(name)) continue;
    if (::lstat(path(name).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (::unlink(path(name).c_str()) == 0) freed += static_cast<std::uint64_t>(status.st_size);
  }
  return freed;
}

common::Result<MirrorDirectory::Written> MirrorDirectory::write(const MirrorUpdate& update) {
  Written written;
  if (auto ready = prepare(); !ready) return ready.error();
  for (const MirrorUpdate::File& file : update.files) {
    auto done = write_file(file, written);
    if (!done && done.error().system_errno == ENOSPC) {
      // The old playlist names files that are about to go: without it nobody is sent to a missing segment.
      ::unlink(path(playlist_name).c_str());
      written.bytes_freed += prune(update);
      done = write_file(file, written);
    }
    if (!done) return named(done.error(), settings_.output_dir);
  }
  const auto done = common::write_atomically(path(playlist_name), update.playlist, settings_.file_mode);
  if (!done) return named(done.error(), settings_.output_dir);
  written.bytes_freed += prune(update);
  return written;
}

// What the event loop and the mirror's thread share. No system call is made with the lock held.
struct DiskMirror::Shared {
  explicit Shared(DiskMirrorSettings given) : settings(std::move(given)) {}

  void run();
  // The next update, the newest one after a pause; nothing: stop.
  std::optional<MirrorUpdate> take(std::unique_lock<std::mutex>& lock);

  const DiskMirrorSettings settings;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<MirrorUpdate> queue;
  DiskMirrorFacts facts;
  std::chrono::steady_clock::time_point fail_until{};
  bool stopping = false;
  bool finished = false;
  std::thread thread;
};

std::optional<MirrorUpdate> DiskMirror::Shared::take(std::unique_lock<std::mutex>& lock) {
  if (!facts.error.empty()) {
    // Paused: what comes meanwhile replaces what waits, and the newest update holds all that is still wanted.
    changed.wait_for(lock, settings.probe_interval, [this] { return stopping; });
  }
  changed.wait(lock, [this] { return stopping || !queue.empty(); });
  if (queue.empty() || (stopping && !facts.error.empty())) return std::nullopt;
  MirrorUpdate update = std::move(queue.front());
  queue.pop_front();
  return update;
}

void DiskMirror::Shared::run() {
  MirrorDirectory directory(settings);
  std::unique_lock lock(mutex);
  while (auto update = take(lock)) {
    const bool drill = std::chrono::steady_clock::now() < fail_until;
    lock.unlock();
    const auto written = drill ? full_disk(settings.output_dir) : directory.write(*update);
    lock.lock();
    if (written) {
      facts.error.clear();
      facts.files_written += written->files;
      facts.bytes_freed += written->bytes_freed;
    } else {
      facts.error = written.error().reason;
      // Tried again with this update unless a newer one waits.
      if (queue.empty()) queue.push_front(std::move(*update));
    }
  }
  finished = true;
  changed.notify_all();
}

DiskMirror::DiskMirror(DiskMirrorSettings settings) : shared_(std::make_shared<Shared>(std::move(settings))) {
  shared_->thread = std::thread([shared = shared_] { shared->run(); });
}

DiskMirror::~DiskMirror() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  const bool finished =
      shared_->changed.wait_for(lock, shared_->settings.stop_wait, [this] { return shared_->finished; });
  std::thread thread = std::move(shared_->thread);
  lock.unlock();
  // A write that hangs cannot be ended by anybody: its thread keeps what it needs and is left behind.
  if (finished) {
    thread.join();
  } else {
    thread.detach();
  }
}

void DiskMirror::offer(MirrorUpdate update) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->queue.size() >= std::max<std::size_t>(1, shared_->settings.queue_max)) {
    shared_->queue.pop_front();
    ++shared_->facts.updates_dropped;
  }
  shared_->queue.push_back(std::move(update));
  shared_->changed.notify_all();
}

void DiskMirror::fail_for(std::chrono::milliseconds time) {
  const std::lock_guard lock(shared_->mutex);
  shared_->fail_until = std::chrono::steady_clock::now() + time;
}

DiskMirrorFacts DiskMirror::facts() const {
  const std::lock_guard lock(shared_->mutex);
  DiskMirrorFacts facts = shared_->facts;
  facts.queued = shared_->queue.size();
  return facts;
}

}  // namespace supervisor
