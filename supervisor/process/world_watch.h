// Tells a stream that something around it changed, so that what failed may work now: an X server opened its
// socket, a cookie file was written, the worker's binary was replaced. One inotify(7) descriptor on the event
// loop. SHELL; never blocks (the folders are local or it waits as long as open(2) would: once, at start, and
// for folders that are missing once in `retry`). It only tells; workers reconnect by themselves.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>
#include <vector>

namespace supervisor {

struct WorldNews {
  enum class Kind { Display, Cookie, Binary };
  Kind kind = Kind::Display;
  std::string reason;  // "the X server :1 opened its socket"
};

// One file whose appearance or change is news.
struct WatchedFile {
  std::string path;  // absolute
  WorldNews::Kind kind = WorldNews::Kind::Display;
  std::string reason;
};

// The socket of a local X display, ":1" or ":1.0"; empty for a display of another host.
std::string display_socket(const std::string& display);

class WorldWatch {
 public:
  // `retry`: how often a folder that is missing is looked for.
  WorldWatch(boost::asio::io_context& loop, std::function<void(const WorldNews&)> callback,
             std::chrono::milliseconds retry = std::chrono::seconds(5));
  WorldWatch(const WorldWatch&) = delete;
  WorldWatch& operator=(const WorldWatch&) = delete;

  // Replaces what was watched before. An inotify that cannot be had (the user's limit) means no news, and
  // slower retries; nothing else.
  void watch(std::vector<WatchedFile> files);

 private:
  struct Folder {
    int descriptor = -1;  // of the watch; -1: the folder is not there
    std::string path;
  };

  void open_folders();
  void read_events();
  void take(int descriptor, std::uint32_t mask, const char* name);
  void retry_later();

  std::function<void(const WorldNews&)> callback_;
  std::chrono::milliseconds retry_;
  boost::asio::posix::stream_descriptor events_;
  boost::asio::steady_timer retry_timer_;
  bool retrying_ = false;
  std::vector<Folder> folders_;
  std::vector<WatchedFile> files_;
};

}  // namespace supervisor
