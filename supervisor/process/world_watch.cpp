#include "supervisor/process/world_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace supervisor {
namespace {

using boost::system::error_code;

constexpr std::uint32_t news_mask =
    IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_ONLYDIR | IN_DELETE_SELF | IN_MOVE_SELF;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? std::string("/") : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

std::string display_socket(const std::string& display) {
  if (display.empty() || display.front() != ':') return {};
  const std::string number = display.substr(1, display.find('.') - 1);
  const bool digits = !number.empty() && number.find_first_not_of("0123456789") == std::string::npos;
  return digits ? "/tmp/.X11-unix/X" + number : std::string();
}

WorldWatch::WorldWatch(boost::asio::io_context& loop, std::function<void(const WorldNews&)> callback,
                       std::chrono::milliseconds retry)
    : callback_(std::move(callback)), retry_(retry), events_(loop), retry_timer_(loop) {}

void WorldWatch::watch(std::vector<WatchedFile> files) {
  error_code ignored;
  events_.close(ignored);
  files_ = std::move(files);
  folders_.clear();
  std::erase_if(files_, [](const WatchedFile& file) { return file.path.empty() || file.path[0] != '/'; });
  for (const WatchedFile& file : files_) {
    const std::string folder = folder_of(file.path);
    const auto same = [&folder](const Folder& known) { return known.path == folder; };
    if (std::none_of(folders_.begin(), folders_.end(), same)) folders_.push_back({-1, folder});
  }
  const int inotify = folders_.empty() ? -1 : ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0) return;
  events_.assign(inotify, ignored);
  open_folders();
  read_events();
}

void WorldWatch::open_folders() {
  bool missing = false;
  for (Folder& folder : folders_) {
    if (folder.descriptor >= 0) continue;
    folder.descriptor = ::inotify_add_watch(events_.native_handle(), folder.path.c_str(), news_mask);
    missing = missing || folder.descriptor < 0;
  }
  if (missing) retry_later();
}

void WorldWatch::retry_later() {
  if (retrying_) return;
  retrying_ = true;
  retry_timer_.expires_after(retry_);
  retry_timer_.async_wait([this](error_code failure) {
    if (failure) return;
    retrying_ = false;
    if (!events_.is_open()) return;
    std::vector<bool> was_missing;
    for (const Folder& folder : folders_) was_missing.push_back(folder.descriptor < 0);
    open_folders();
    // What came with the folder was not told by it.
    for (const WatchedFile& file : files_) {
      for (std::size_t i = 0; i < folders_.size(); ++i) {
        const bool is_new = was_missing[i] && folders_[i].descriptor >= 0;
        if (is_new && folders_[i].path == folder_of(file.path) && ::access(file.path.c_str(), F_OK) == 0) {
          callback_({file.kind, file.reason});
        }
      }
    }
  });
}

void WorldWatch::read_events() {
  events_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](error_code failure) {
    if (failure) return;
    alignas(inotify_event) std::array<char, 4096> buffer{};
    const ssize_t size = ::read(events_.native_handle(), buffer.data(), buffer.size());
    const int descriptor = events_.native_handle();
    for (ssize_t at = 0; at < size;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = event.len > 0 ? buffer.data() + at + sizeof event : "";
      take(event.wd, event.mask, name);
      // The callback may have begun to watch something else.
      if (!events_.is_open() || events_.native_handle() != descriptor) return;
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
    read_events();
  });
}

void WorldWatch::take(int descriptor, std::uint32_t mask, const char* name) {
  const auto folder = std::find_if(folders_.begin(), folders_.end(),
                                   [descriptor](const Folder& f) { return f.descriptor == descriptor; });
  if (folder == folders_.end()) return;
  if ((mask & (IN_IGNORED | IN_MOVE_SELF)) != 0) {
    if ((mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(events_.native_handle(), descriptor);
    folder->descriptor = -1;
    retry_later();
    return;
  }
  const auto file = std::find_if(files_.begin(), files_.end(), [&](const WatchedFile& f) {
    return folder_of(f.path) == folder->path && name_of(f.path) == name;
  });
  if (file != files_.end()) {
    const WorldNews news{file->kind, file->reason};
    callback_(news);
  }
}

}  // namespace supervisor
