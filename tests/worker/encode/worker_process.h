// A real streamer-worker of the role stream, held by the test as the supervisor would hold it: its settings,
// stdin, stderr and media socket. Killed, if it still lives, with its owner.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/media_record.h"
#include "common/protocol.h"
#include "common/unique_fd.h"
#include "common/worker_settings.h"

namespace tests {

using Item = common::MediaRecordReader::Item;

// One input of type pattern, 320x180 at 30/s, parts of 0.2 s, segments of 2 s; slot 0 was five seconds ago.
common::WorkerSettings pattern_settings();

class WorkerProcess {
 public:
  // settings: the JSON text for --config-fd. test_encoder: not empty is streamer-worker-faulty with this
  // fault (tests/worker/faulty/fault_encoder.h).
  explicit WorkerProcess(const std::string& settings, const std::string& test_encoder = "");
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess();

  pid_t pid() const { return pid_; }
  // CPU time of all its threads.
  std::chrono::nanoseconds cpu_time() const;
  // Reads what comes until `done` says so; false when it has not after `patience`.
  bool read_until(const std::function<bool()>& done,
                  std::chrono::milliseconds patience = std::chrono::seconds(20));
  bool wait_for_ready();
  void command(const common::Command& command) { write(common::format_command(command)); }
  void write(const std::string& bytes);
  void close_stdin() { stdin_.reset(); }
  void close_media() { media_.reset(); }
  void read_media(bool wanted) { media_wanted_ = wanted; }
  // From now on nobody reads stderr, and it holds one page.
  void ignore_messages();
  // Exit status, as an exit code or -signal; nothing when it still lives after `patience`.
  std::optional<int> wait_for_end(std::chrono::milliseconds patience);

  std::vector<Item> parts() const;
  // The reports of one input in order: "opening", "giving", "failed display_lost", ...
  std::vector<std::string> statuses(int priority) const;
  const common::Heartbeat& last_beat() const;  // one must have come
  std::vector<Item> records;
  std::vector<common::Message> messages;
  std::vector<std::string> other_lines;
  bool media_ended = false;

  template <typename T>
  const T* find() const {
    for (const auto& message : messages)
      if (const auto* found = std::get_if<T>(&message)) return found;
    return nullptr;
  }

 private:
  void read_some(std::chrono::milliseconds patience);

  pid_t pid_ = -1;
  std::optional<int> status_;
  common::UniqueFd stdin_, stderr_, media_;
  common::MediaRecordReader reader_;
  std::string line_;
  bool media_wanted_ = true;
  bool messages_wanted_ = true;
};

// Runs `arguments` and gives the exit code; its output is thrown away.
int run_worker(const std::vector<std::string>& arguments);

}  // namespace tests
