// Starts one worker and hands over the ends of its pipes. The only place of the supervisor that makes a
// process. fork and execve without a library between: Boost.Process (1.81) let Asio renew its reactor in the
// child, left descriptors open, and could leave the reactor broken when there were none to be had (fault
// P05).
//
// The child: its own session and process group, stdin a pipe (its end is the order to die), stdout /dev/null,
// stderr a pipe, fd 3 the media socket, the settings in a sealed memfd, nothing else inherited; bounded
// descriptors, no core file, and the mark of this supervisor in its environment; SIGKILL when the thread that
// spawned it ends (prctl PR_SET_PDEATHSIG, man 2: the thread, not the process: spawn from the event loop's
// thread). Event-loop thread. Blocks for the exec of the child (milliseconds), to report its errno.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"

namespace supervisor {

// Open files of a worker: far above its need (some forty), so that a leak ends the worker and nobody else
// (fault P18).
inline constexpr unsigned worker_files_max = 1024;

struct SpawnPlan {
  std::string program;   // path of streamer-worker
  std::string settings;  // JSON for --config-fd
  std::uint64_t generation = 0;
  std::string nonce;
};

// All descriptors are ours, non-blocking (the pidfd too) and close-on-exec.
struct SpawnedWorker {
  int pid = 0;
  common::UniqueFd pidfd;
  common::UniqueFd commands;  // its stdin
  common::UniqueFd messages;  // its stderr
  common::UniqueFd media;     // the other end of its fd 3
};

// The error carries errno of pipe, fork or exec. After a failed exec nothing is left to reap.
common::Result<SpawnedWorker> spawn_worker(boost::asio::io_context& loop, const SpawnPlan& plan);

// A program that is asked one thing: stdin and fd 3 are /dev/null, the rest as for a worker.
struct ProbeSpawn {
  std::string program;
  std::vector<std::string> arguments;
  std::string settings;  // in the memfd 4, for --config-fd; may be empty
};
struct SpawnedProbe {
  int pid = 0;
  common::UniqueFd pidfd;
  common::UniqueFd output;  // its stdout
  common::UniqueFd errors;  // its stderr
};
inline constexpr int spawned_settings_fd = 4;

common::Result<SpawnedProbe> spawn_probe(const ProbeSpawn& plan);

// "NAME=VALUE" in the environment of every worker, and so of what it starts: whose it is.
std::string worker_mark();

// 128 random bits as hex, from getrandom(2): a heartbeat cannot be forged by text on the captured screen.
std::string make_nonce();

}  // namespace supervisor
