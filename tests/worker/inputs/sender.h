// Senders for tests: ffmpeg and Python's HTTP server on free ports of loopback, killed with their owner, and
// clips whose pictures carry their number as the test card does (pattern_source.h, read_slot).
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace worker::test {

// A folder of its own, removed at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A program that runs until its owner ends.
class Sender {
 public:
  explicit Sender(const std::vector<std::string>& command);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  void signal(int number) const;
  void kill();

 private:
  pid_t pid_ = -1;
};

int free_port(int type);  // SOCK_STREAM or SOCK_DGRAM, of 127.0.0.1

// True: it succeeded.
bool run(const std::vector<std::string>& command);

struct ClipShape {
  int width = 320;
  int height = 180;
  int fps = 25;
  int seconds = 4;
  int first = 0;  // number of the first picture
  double key_seconds = 1;
  std::string codec = "libx264";
};
// Writes a clip with the numbers first, first + 1, ... to `path`; its format is the one of the name.
bool make_clip(const std::string& path, const ClipShape& shape = {});

// ffmpeg sending `clip` again and again at its own pace; `output`: format and address, e.g. {"-f", "mpegts",
// url}.
std::vector<std::string> send_clip(const std::string& clip, const std::vector<std::string>& output);
// The same, once.
std::vector<std::string> send_once(const std::string& clip, const std::vector<std::string>& output);

}  // namespace worker::test
