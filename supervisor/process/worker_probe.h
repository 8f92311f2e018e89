// What /proc says of one worker while it lives, by files that are opened once: a reading is three reads that
// never wait for a disk, cheap enough for every heartbeat. SHELL; event-loop thread. The files belong to that
// very process: after its end a reading answers nothing, whoever has its pid then.
#pragma once

#include <optional>
#include <string>

#include "common/unique_fd.h"
#include "supervisor/process/stall_evidence.h"

namespace supervisor {

class WorkerProbe {
 public:
  WorkerProbe() = default;
  explicit WorkerProbe(int pid);

  // Of its main thread where the kernel tells (sched delay), else of the whole process.
  std::optional<ProcessReading> read() const;
  // The kernel function it sleeps in; empty: none, or the kernel does not say.
  std::string wait_channel() const;

 private:
  common::UniqueFd stat_, schedstat_, wchan_;
};

}  // namespace supervisor
