// What the shell keeps of one life of a worker beside its process: who it is, what it said before it became
// the current one, and the watches on it. Plain holder, owned by StreamRunner. Event-loop thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/protocol.h"
#include "supervisor/process/error_window.h"
#include "supervisor/process/flood_watch.h"
#include "supervisor/process/limit_watch.h"
#include "supervisor/process/line_sampler.h"
#include "supervisor/process/memory_events.h"
#include "supervisor/process/worker_probe.h"
#include "supervisor/process/worker_process.h"

namespace supervisor {

// What a standby said of itself: reported once it is the current worker.
struct EarlyWords {
  static constexpr std::size_t inputs_max = 64;

  std::optional<common::EncoderReport> encoder;
  std::map<int, common::Monitors> monitors;   // by priority of the x11 input: the last of each
  std::map<int, common::InputReport> inputs;  // by priority: the last of each
};

struct WorkerLife {
  std::shared_ptr<WorkerProcess> process;
  common::Sender sender;
  common::MonoTime started{};
  std::uint64_t revision = 0;  // of the list of inputs it was told last
  bool misinformed = false;    // a command about its inputs did not get through
  std::string bye_reason = {};
  bool killed = false;  // SIGKILL was sent by us
  EarlyWords words = {};
  FloodWatch flood;
  LineSampler sampler;
  ErrorWindow errors;
  LimitWatch limits;

  WorkerProbe probe;
  MemoryEvents memory;
  struct Reading {
    ProcessReading of;
    common::MonoTime at{};
  };
  std::optional<Reading> at_heartbeat = {};  // the last one
  std::optional<Reading> at_sample = {};     // of the limits
};

}  // namespace supervisor
