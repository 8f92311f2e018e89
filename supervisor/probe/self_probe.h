// The supervisor's own viewer: every `interval` it plays a little of each stream that is on air, over the
// real socket, and knows whether what it got can be played (probe_round decides). SHELL; event-loop thread;
// never blocks. One stream after the other, one request at a time, each with a deadline, so that it costs
// next to nothing and can pile up nothing. It is no viewer: the HTTP room knows it by its agent.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "supervisor/probe/probe_connection.h"
#include "supervisor/probe/probe_round.h"
#include "supervisor/report/wall_time.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

// A stream that has something to probe now.
struct ProbeTarget {
  std::string stream;
  std::int64_t origin_ns = 0;  // CLOCK_MONOTONIC of the start of its media timeline
};

// What the self-probe asks of the daemon.
struct ProbeWorld {
  std::function<std::vector<ProbeTarget>()> targets;
  // Addresses that are bound, ADDRESS:PORT; the first one is used.
  std::function<std::vector<std::string>()> listeners;
  // They speak HTTPS. Empty: they do not.
  std::function<bool()> is_secured = {};
  // A stream became well or unwell, or unwell in another way; the text says how, empty: it is well.
  std::function<void(const std::string& stream, const std::string& error)> changed;
};

class SelfProbe {
 public:
  static constexpr std::chrono::milliseconds patience{2500};  // for one answer
  static constexpr int reload_every = 4;  // rounds: one of so many blocks for the next part

  // `interval` zero: off. `agent`: see probe_connection.h.
  SelfProbe(boost::asio::io_context& loop, std::chrono::milliseconds interval, std::string agent,
            ProbeWorld world);
  ~SelfProbe();
  SelfProbe(const SelfProbe&) = delete;
  SelfProbe& operator=(const SelfProbe&) = delete;

  void start();
  void stop();
  void set_interval(std::chrono::milliseconds interval);
  // Also makes a stream that is healthy in all else degraded, with the reason, once it is_unplayable.
  void fill(StreamSnapshot& stream, common::MonoTime now) const;

 private:
  using Timer = boost::asio::steady_timer;
  struct Stream {
    ProbeMemory memory;
    std::uint64_t rounds = 0;
    std::optional<ProbeReport> last;
    WallTime checked_at{};
    std::chrono::milliseconds took{0};
    common::MonoTime failing_since{};  // valid while last->finding
  };
  void begin_sweep();
  void begin_next();
  void ask();
  void end_round();
  void record(Stream& stream, const std::string& name, const ProbeReport& report);
  void wait();

  boost::asio::io_context& loop_;
  std::chrono::milliseconds interval_;
  std::string agent_;
  ProbeWorld world_;
  Timer timer_;
  std::map<std::string, Stream, std::less<>> streams_;
  std::deque<ProbeTarget> left_;  // of this sweep
  common::MonoTime round_at_{};
  std::string probed_;  // the stream of round_
  std::unique_ptr<ProbeRound> round_;
  std::shared_ptr<ProbeConnection> connection_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace supervisor
