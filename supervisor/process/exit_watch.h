// Waits for the end of a child of ours that leads its process group, and reaps it. SHELL; event-loop thread.
//
// Reaping is waitid(P_PIDFD, WNOHANG) when the pidfd is readable, tried again later where a tracer holds the
// child (fault P13); signals go through the pidfd only, so a reused pid is never hit (P28). What is left of
// the group is killed while the zombie still holds its number.
#pragma once

#include <signal.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <functional>

#include "common/unique_fd.h"

namespace supervisor {

class ExitWatch {
 public:
  static constexpr std::chrono::milliseconds reap_again_after{50};

  struct Callbacks {
    std::function<void()> dead;                    // not reaped yet: what it wrote can still be read
    std::function<void(const siginfo_t&)> reaped;  // the last call
  };

  // `pidfd`: non-blocking.
  ExitWatch(boost::asio::io_context& loop, int pid, common::UniqueFd pidfd);

  // Once. The callbacks live in the handler that waits: what they hold, the owner of the watch as a rule,
  // stays until they were called or the loop is gone.
  void wait(Callbacks callbacks);
  // To the process; SIGKILL to its group as well. Nothing once it is reaped.
  void signal(int number);

  int pid() const { return pid_; }
  bool is_reaped() const { return reaped_; }

 private:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>,
                                                  boost::asio::io_context::executor_type>;

  void reap(Callbacks callbacks);

  Descriptor exit_;
  Timer reap_again_;
  int pid_;
  bool reaped_ = false;
};

}  // namespace supervisor
