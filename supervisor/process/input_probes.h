// Tries inputs in processes of their own (`streamer-worker probe input`): what hangs or crashes there harms
// nobody, and is killed in time. What an input is made of goes through --config-fd, never into an argument:
// addresses hold passwords. Event-loop thread; never blocks beyond the spawn.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/content_fault.h"
#include "common/worker_settings.h"
#include "supervisor/process/probe_run.h"

namespace supervisor {

struct InputProbe {
  std::uint64_t number = 0;
  common::InputSettings input;
  std::chrono::milliseconds limit{10'000};
  std::optional<common::ContentFault> disprove = {};  // as in StartProbe
};

class InputProbes {
 public:
  static constexpr std::size_t running_max = 4;  // further ones wait for their turn

  // Called once for each start() that is not cancelled; `error` is empty when a picture came.
  using Answered = std::function<void(std::uint64_t number, const std::string& error)>;

  InputProbes(boost::asio::io_context& loop, std::string worker_program, Answered answered);
  ~InputProbes();
  InputProbes(const InputProbes&) = delete;
  InputProbes& operator=(const InputProbes&) = delete;

  void start(InputProbe probe);
  // Kills those that are not wanted any more.
  void keep_only(const std::function<bool(std::uint64_t number)>& is_wanted);

 private:
  void run_waiting();
  void run(const InputProbe& probe);
  void finish(std::uint64_t number, const std::string& error);

  boost::asio::io_context& loop_;
  std::string worker_program_;
  Answered answered_;
  std::deque<InputProbe> waiting_;
  std::map<std::uint64_t, std::shared_ptr<ProbeRun>> running_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what was posted
};

}  // namespace supervisor
