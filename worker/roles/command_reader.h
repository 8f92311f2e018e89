// Commands from the supervisor: bytes of stdin to bounded lines to commands, without ever blocking. One
// thread.
#pragma once

#include <string>
#include <vector>

#include "common/protocol.h"

namespace worker {

class CommandReader {
 public:
  static constexpr int refused_max = 16;  // in a life: more is a supervisor that speaks another language

  struct Batch {
    std::vector<common::Command> commands;
    std::vector<std::string> refused;  // why, one for each line that is no command
    bool ended = false;                // the supervisor is gone
    bool flooded = false;              // more than refused_max lines were no commands
  };

  explicit CommandReader(int fd) : fd_(fd) {}
  int fd() const { return fd_; }
  // What is there now, at most 4 KiB a call.
  Batch read();

 private:
  void take_line(Batch& batch);

  const int fd_;
  std::string line_;
  bool too_long_ = false;
  int refused_ = 0;
};

// From now on the process ends as soon as the other end of `fd` is closed, even while another thread is busy:
// an orphan must not go on capturing. Gives the media thread 50 ms to end by itself.
void exit_when_closed(int fd);

}  // namespace worker
