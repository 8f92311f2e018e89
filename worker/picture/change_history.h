// Where the last pictures of one source differ from those before them, so that an encoder that left some out
// knows what it has to look at. Pure; a value, copied into each picture.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "worker/picture/dirty_area.h"

namespace worker {

class ChangeHistory {
 public:
  // Pictures that are remembered, the last one among them. An encoder looks at nearly every one; only those
  // that come too late pass it by.
  static constexpr std::size_t steps_max = 8;

  // The next picture differs from the one before at most in `changes`. What the first says is not used. A
  // serial is not 0 and comes once.
  void add(std::uint64_t serial, const DirtyArea& changes);
  // All changes after the picture `serial`, to the last one. Nothing: it is not remembered.
  std::optional<DirtyArea> since(std::uint64_t serial) const;

 private:
  struct Step {
    std::uint64_t serial = 0;
    DirtyArea changes;  // against the step before
  };
  std::array<Step, steps_max> steps_;  // in turn
  std::size_t next_ = 0;               // the oldest one
};

}  // namespace worker
