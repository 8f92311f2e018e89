#include "supervisor/media/disk_mirror.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "common/atomic_file.h"
#include "common/threads.h"

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

// What output_dir holds of ours once the update is written and the rest is pruned.
std::uint64_t bytes_of(const MirrorUpdate& update) {
  std::uint64_t bytes = update.playlist.size();
  for (const MirrorUpdate::File& file : update.files) bytes += file.body->size();
  return bytes;
}

void add_names(const MirrorUpdate& update, MirrorDirectory::Names& names) {
  for (const MirrorUpdate::File& file : update.files) names.insert(file.name);
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
  Names wanted;
  add_names(update, wanted);
  const auto removed = prune(wanted);
  return removed ? removed->bytes : 0;
}

// By descriptor, so that a directory that is exchanged for a link meanwhile changes nothing.
common::Result<MirrorRemoved> MirrorDirectory::prune(const Names& wanted) const {
  common::UniqueFd fd(
      ::open(settings_.output_dir.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!fd && errno == ENOENT) return MirrorRemoved{};
  if (!fd) return common::errno_error("output_dir " + settings_.output_dir, errno);
  const int folder = fd.get();
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(folder), ::closedir);
  if (!directory) return common::errno_error("output_dir " + settings_.output_dir, errno);
  fd.release();  // closedir closes it
  MirrorRemoved removed;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    struct stat status {};
    if (!is_own_name(name) || wanted.contains(name)) continue;
    if (::fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
      continue;
    if (::unlinkat(folder, entry->d_name, 0) != 0) continue;
    ++removed.files;
    removed.bytes += static_cast<std::uint64_t>(status.st_size);
  }
  return removed;
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
  void clean_up(std::unique_lock<std::mutex>& lock);

  struct Cleanup {
    MirrorDirectory::Names wanted;
    CleanedUp done;
  };

  const DiskMirrorSettings settings;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<MirrorUpdate> queue;
  std::deque<Cleanup> cleanups;
  MirrorDirectory::Names written;  // names of the last update that was tried; only the mirror's thread
  DiskMirrorFacts facts;
  std::chrono::steady_clock::time_point fail_until{};
  bool stopping = false;
  bool finished = false;
  std::thread thread;
};

std::optional<MirrorUpdate> DiskMirror::Shared::take(std::unique_lock<std::mutex>& lock) {
  const auto asked = [this] { return stopping || !cleanups.empty(); };
  // Paused after an error: what comes meanwhile replaces what waits, and the newest update holds all that is
  // still wanted.
  const auto probe_at = std::chrono::steady_clock::now() + settings.probe_interval;
  while (!facts.error.empty() && changed.wait_until(lock, probe_at, asked) && !stopping) clean_up(lock);
  for (;;) {
    changed.wait(lock, [&] { return asked() || !queue.empty(); });
    if (stopping || cleanups.empty()) break;
    clean_up(lock);
  }
  if (queue.empty() || (stopping && !facts.error.empty())) return std::nullopt;
  MirrorUpdate update = std::move(queue.front());
  queue.pop_front();
  return update;
}

// An update that was offered after the request is newer than its window: what it names stays.
void DiskMirror::Shared::clean_up(std::unique_lock<std::mutex>& lock) {
  Cleanup cleanup = std::move(cleanups.front());
  cleanups.pop_front();
  for (const MirrorUpdate& update : queue) add_names(update, cleanup.wanted);
  cleanup.wanted.insert(written.begin(), written.end());
  lock.unlock();
  cleanup.done(MirrorDirectory(settings).prune(cleanup.wanted));
  lock.lock();
}

void DiskMirror::Shared::run() {
  MirrorDirectory directory(settings);
  std::unique_lock lock(mutex);
  while (auto update = take(lock)) {
    written.clear();
    add_names(*update, written);
    const bool drill = std::chrono::steady_clock::now() < fail_until;
    lock.unlock();
    const auto done = drill ? full_disk(settings.output_dir) : directory.write(*update);
    lock.lock();
    if (done) {
      facts.error.clear();
      facts.files_written += done->files;
      facts.bytes_freed += done->bytes_freed;
      facts.bytes = bytes_of(*update);
    } else {
      facts.error = done.error().reason;
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
  common::join_or_leave(lock, shared_->changed, shared_->finished, shared_->thread,
                        std::chrono::steady_clock::now() + shared_->settings.stop_wait);
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

void DiskMirror::clean_up(const MirrorUpdate& window, CleanedUp done) {
  std::unique_lock lock(shared_->mutex);
  if (shared_->cleanups.size() >= cleanups_max) {
    lock.unlock();
    return done(common::error("the disk of output_dir has not done the cleanups before this one"));
  }
  Shared::Cleanup cleanup{{}, std::move(done)};
  add_names(window, cleanup.wanted);
  shared_->cleanups.push_back(std::move(cleanup));
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
