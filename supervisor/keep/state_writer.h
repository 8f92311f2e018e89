// The state file on its disk: read once at start, written by a thread of its own, whole or not at all
// (common/atomic_file), the newest text replacing one that still waits. A disk that hangs or is full costs
// the file, nothing else. What cannot be read as a state is kept aside as state.json.bad.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "supervisor/keep/state_file.h"

namespace supervisor {

class StateWriter {
 public:
  static constexpr std::chrono::milliseconds stop_wait{1000};

  // `directory` empty: nothing is written.
  explicit StateWriter(const std::string& directory, const std::string& file_name = "state.json");
  ~StateWriter();  // writes what waits; at most stop_wait
  StateWriter(const StateWriter&) = delete;
  StateWriter& operator=(const StateWriter&) = delete;

  // Any thread; never waits for the disk.
  void offer(std::string text);
  std::string error() const;  // of the last write; empty: fine
  std::uint64_t written() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

// A file that may lie on a disk that hangs: ETIMEDOUT when it cannot be read within `patience`.
common::Result<std::string> read_soon(const std::string& path, std::size_t limit_bytes,
                                      std::chrono::milliseconds patience = std::chrono::milliseconds(500));

struct LoadedState {
  SavedState state;
  std::string warning;  // empty: fine, or there is none
};
LoadedState load_state(const std::string& directory);

}  // namespace supervisor
