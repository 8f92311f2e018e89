// Asks a program one thing (`streamer-worker probe ...`, or --version): spawns it, gathers what it prints up
// to a limit, and kills it with its process group when it takes too long. Never blocks beyond the spawn
// itself; the thread that runs the loop is the one that spawned it. A probe that cannot even be killed (it
// waits for a dead device) is told as timed out and left behind, reaped whenever it ends.
#pragma once

#include <array>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/result.h"
#include "supervisor/process/exit_watch.h"
#include "supervisor/process/spawn.h"

namespace supervisor {

class OrphanSweep;

inline constexpr std::size_t probe_output_bytes_max = 256 * 1024;
inline constexpr std::size_t probe_errors_bytes_max = 4 * 1024;
// Between SIGKILL and the answer that nothing could end it.
inline constexpr std::chrono::milliseconds probe_reap_time{500};

struct ProbePlan {
  ProbeSpawn spawn;
  std::chrono::milliseconds limit{10'000};
  OrphanSweep* orphans = nullptr;  // of a supervisor that sweeps: the probe is none; outlives the run
};

struct ProbeOutcome {
  enum class End { Exited, Signalled, TimedOut, TooLong };
  End end = End::Exited;
  int code = 0;        // Exited: the exit status; Signalled: the signal
  std::string output;  // at most probe_output_bytes_max
  std::string errors;  // the first bytes of its stderr
};
// "ended with status 3: its complaint", "was killed by signal 11", "did not answer within 5000 ms", "wrote
// more than 256 KiB". For an outcome that is not wanted.
std::string describe_outcome(const ProbeOutcome& outcome, std::chrono::milliseconds limit);

class ProbeRun : public std::enable_shared_from_this<ProbeRun> {
 public:
  using Done = std::function<void(ProbeOutcome)>;

  // `done` is called once, on the loop, after the return. The error: it could not be started.
  static common::Result<std::shared_ptr<ProbeRun>> start(boost::asio::io_context& loop, const ProbePlan& plan,
                                                         Done done);
  // Kills it; `done` is not called any more.
  void cancel();

 private:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>,
                                                  boost::asio::io_context::executor_type>;

  ProbeRun(boost::asio::io_context& loop, SpawnedProbe probe, OrphanSweep* orphans, Done done);
  void begin(std::chrono::milliseconds limit);
  void read(Descriptor& from, std::string& into, std::size_t bytes_max);
  ssize_t take(Descriptor& from, std::string& into, std::size_t bytes_max);
  void drain();
  void wait_for_exit();
  void take_exit(const siginfo_t& info);
  void kill(ProbeOutcome::End why);
  void tell();

  ExitWatch exit_;
  Descriptor output_;
  Descriptor errors_;
  Timer deadline_;
  OrphanSweep* orphans_;
  Done done_;
  bool killed_ = false;
  ProbeOutcome outcome_;
};

}  // namespace supervisor
