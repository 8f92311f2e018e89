// One life of one worker process: owns its descriptors, reads what it says, writes its commands, signals and
// reaps it. Passive: it decides nothing and tells everything to its owner through callbacks, on the event
// loop, never from inside a call of the owner. Destroying the owner's pointer does not end the process: kill
// it and wait for on_exit (exit_watch.h).
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "common/media_record.h"
#include "supervisor/process/exit_watch.h"
#include "supervisor/process/line_reader.h"
#include "supervisor/process/spawn.h"
#include "supervisor/supervise/event.h"

namespace supervisor {

class WorkerProcess : public std::enable_shared_from_this<WorkerProcess> {
 public:
  struct Callbacks {
    std::function<void(std::string_view line, bool cut)> on_line;
    std::function<void(common::MediaRecordReader::Item&)> on_record;
    std::function<void(const std::string& why)> on_broken_media;  // at most once
    std::function<void(const ExitStatus&)> on_exit;  // once, the last call; all output was delivered
  };

  // Bytes of commands that may wait for a worker that does not read; past it the worker is told nothing more.
  static constexpr std::size_t command_bytes_max = 64 * 1024;
  // What is still read from a dead worker's pipes, so that its last words and parts count but a flood does
  // not.
  static constexpr std::size_t drain_bytes_max = 8 << 20;

  static std::shared_ptr<WorkerProcess> adopt(boost::asio::io_context& loop, SpawnedWorker worker,
                                              Callbacks callbacks);

  int pid() const { return exit_.pid(); }
  // Queues one line for the worker's stdin; false when the worker does not read any more.
  bool send(std::string line);
  // SIGTERM, SIGCONT to the worker; SIGKILL to it and to its process group.
  void signal(int number) { exit_.signal(number); }
  // Closes its stdin (the order to die) and stops listening to its output; on_exit still comes.
  void abandon();

 private:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

  WorkerProcess(boost::asio::io_context& loop, SpawnedWorker worker, Callbacks callbacks);
  void start();
  void read_messages();
  void read_media();
  void write_commands();
  void wait_for_exit();
  void take_exit(const siginfo_t& info);
  void drain();
  ssize_t take_messages();
  ssize_t take_media();
  void feed_media(std::size_t bytes);

  ExitWatch exit_;
  Descriptor commands_;
  Descriptor messages_;
  Descriptor media_;
  Callbacks callbacks_;
  bool abandoned_ = false;
  bool media_broken_ = false;
  LineReader lines_;
  common::MediaRecordReader records_;
  std::array<char, 16 * 1024> message_buffer_{};
  std::array<std::uint8_t, 64 * 1024> media_buffer_{};
  std::deque<std::string> outbox_;
  std::size_t outbox_bytes_ = 0;
};

}  // namespace supervisor
