// Ends and reaps what workers leave behind: grandchildren that survived their worker, in its process group or
// in sessions of their own (double fork). The supervisor is a subreaper (prctl(2) PR_SET_CHILD_SUBREAPER):
// every orphan among its descendants becomes its child. SHELL; one for each event loop; never blocks.
//
// Only processes that carry the mark of a worker (spawn.h) or are in a worker's session are killed: children
// that were there before this program was executed, or that a container hands to process 1, are left alone,
// and only reaped when they end. A whole family is stopped before the first of it is killed: a fork bomb
// would grow faster than it can be killed one by one. Known workers are reaped by their WorkerProcess.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "common/result.h"
#include "common/time_grid.h"

namespace supervisor {

// Of the whole process; once, at its start.
common::Result<void> become_subreaper();

struct OrphanRelation;  // whose child a process is

class OrphanSweep : public boost::asio::execution_context::service {
 public:
  static constexpr std::size_t sessions_max = 64;  // of workers that are gone, remembered
  static constexpr int rounds_max = 8;             // in one sweep: what is killed orphans its own children
  // One sweep looks no longer than this; what it did not get to is looked at by the next (a fork bomb has
  // thousands of processes, and the loop has other work).
  static constexpr std::chrono::milliseconds budget{10};
  static constexpr std::chrono::milliseconds repeat{1000};   // while something is left
  static constexpr std::chrono::milliseconds pause_min{20};  // between two sweeps, whatever ends
  // So long a family is stopped before it is killed as far as it is known.
  static constexpr std::chrono::milliseconds freeze_patience{500};

  static boost::asio::execution_context::id id;
  explicit OrphanSweep(boost::asio::execution_context& context);

  // The one of this loop.
  static OrphanSweep& of(boost::asio::io_context& loop);

  // A worker that its WorkerProcess will reap.
  void know(int pid);
  // It was reaped: what it left is swept now.
  void forget(int pid);
  void sweep();

  std::uint64_t killed() const { return killed_; }  // orphans that were found alive

 private:
  struct Round {
    bool changed = false;  // something was killed or reaped
    bool left = false;     // something of ours lives still
  };

  void shutdown() override;
  void wait_for_child();
  void sweep_after(std::chrono::milliseconds time);
  Round round(common::MonoTime until);
  bool reap(common::MonoTime until);
  bool freeze(const std::vector<int>& children, common::MonoTime until);
  bool kill_orphan(int pid);
  bool is_orphan(int pid, const OrphanRelation& relation) const;
  bool is_ours(int pid, int session) const;

  boost::asio::io_context& loop_;
  std::optional<boost::asio::signal_set> child_ended_;
  std::optional<boost::asio::steady_timer> again_;
  std::optional<common::MonoTime> again_at_, swept_at_;
  std::set<int> workers_;
  std::set<int> killing_;  // SIGKILL was sent, not reaped yet
  std::set<int> frozen_;   // SIGSTOP was sent: orphans and their descendants
  std::optional<common::MonoTime> freezing_since_;
  int looked_up_to_ = 0;  // process id at which the last look ended for want of time; 0: it was complete
  std::deque<int> sessions_;
  std::uint64_t killed_ = 0;
};

}  // namespace supervisor
