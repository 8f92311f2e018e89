// What a worker prepared when it started, so that the supervisor can go on without it: its init segment, the
// pictures that repeat the last one, and the one that stands for none. Pure data.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "supervisor/media/store.h"

namespace supervisor {

struct Kit {
  std::shared_ptr<const InitSegment> init;
  std::array<std::vector<std::uint8_t>, 16> skips;  // access units; index: pictures since the IDR mod 16
  std::vector<std::uint8_t> slate;                  // an IDR access unit
  bool can_skip() const {
    return std::none_of(skips.begin(), skips.end(), [](const auto& unit) { return unit.empty(); });
  }
  bool can_slate() const { return !slate.empty(); }
};

}  // namespace supervisor
