// What the worker's probe role says, for those who may not wait: the last answer, however old, while a new
// one is fetched in the background. Nothing is probed before somebody asks. Event-loop thread; never blocks.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/time_grid.h"
#include "supervisor/process/probe_run.h"
#include "supervisor/report/wall_time.h"

namespace supervisor {

class ProbeDesk {
 public:
  static constexpr std::chrono::seconds limit{7};                  // of one probe; then it is killed
  static constexpr std::chrono::seconds failed_fresh_for{10};      // an answer that is an error
  static constexpr std::size_t questions_max = 16;                 // kept; the oldest answer goes first
  static constexpr std::chrono::milliseconds worker_limit{6'000};  // told to the probe: it answers before

  struct Report {
    bool ok = false;     // the worker answered, with exit status 0
    std::string output;  // its JSON, also of an error that it found itself
    std::string error;   // else: why there is no answer, in words
    WallTime checked_at;
  };

  ProbeDesk(boost::asio::io_context& loop, std::string worker_program);
  ~ProbeDesk();
  ProbeDesk(const ProbeDesk&) = delete;
  ProbeDesk& operator=(const ProbeDesk&) = delete;

  // `question`: what follows "probe", for example {"encoders"}. Null: the first answer is being fetched, ask
  // again in a second. An answer older than `fresh_for` is given, and fetched anew. Valid until the next
  // call.
  const Report* ask(const std::vector<std::string>& question, std::chrono::milliseconds fresh_for);

 private:
  struct Entry {
    std::unique_ptr<Report> report;
    common::MonoTime at{};
    std::shared_ptr<ProbeRun> run;  // in progress
  };

  void fetch(const std::vector<std::string>& question, Entry& entry);
  void keep(const std::vector<std::string>& question, Report report);
  void make_room();

  boost::asio::io_context& loop_;
  std::string worker_program_;
  std::map<std::vector<std::string>, Entry> entries_;
};

}  // namespace supervisor
