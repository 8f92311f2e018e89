// Fills the history (report/history) once a second with what the daemon knows, answers GET /api/history from
// it, and keeps it across processes: FILE in the state folder, written every minute by a thread of its own.
// One for the daemon; event-loop thread; without a folder the history begins anew with every process.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>

#include "supervisor/keep/state_writer.h"
#include "supervisor/process/stream_runner.h"
#include "supervisor/report/history.h"

namespace supervisor {

class HistoryDesk {
 public:
  static constexpr const char* file_name = "history.bin";
  static constexpr int seconds_between_saves = 60;
  static constexpr std::size_t file_bytes_max = 16u << 20;  // of History::streams_max streams it is 9 MiB

  // `folder` empty: nothing is kept. Reads what a former process left (at most 500 ms).
  HistoryDesk(boost::asio::io_context& loop, const std::string& folder, std::function<Snapshot()> snapshot);
  HistoryDesk(const HistoryDesk&) = delete;
  HistoryDesk& operator=(const HistoryDesk&) = delete;

  // Learns how late each of its parts is published; the runner must not outlive the desk's last tick.
  void add_stream(StreamRunner& runner);
  void start();
  // The last writing; the file is whole when the desk is gone.
  void stop();
  // Nothing: there is no such range.
  std::optional<std::string> json(std::string_view range) const;

 private:
  void wait();
  void tick(common::MonoTime second);

  boost::asio::steady_timer timer_;
  std::function<Snapshot()> snapshot_;
  History history_;
  PartLateness late_ms_;  // of the second that runs
  StateWriter writer_;
  int since_save_ = 0;
};

}  // namespace supervisor
