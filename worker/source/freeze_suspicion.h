// Frozen is not quiet: when the display tells of changes for a while and the captured pixels stay the same,
// something is wrong with one of the two, and a second look must say with which. Pure; time is an argument.
#pragma once

#include <optional>

#include "common/time_grid.h"
#include "worker/picture/rectangle.h"

namespace worker {

class FreezeSuspicion {
 public:
  static constexpr std::chrono::seconds patience{3};

  // After every grab: where the display told of damage (empty: nowhere) and whether the grab was another one.
  void grabbed(const Rectangle& damage, bool changed, common::MonoTime now) {
    if (changed) return clear();
    if (damage.empty()) return;
    if (!since_) since_ = now;
    area_ = unite(area_, damage);
  }
  // Time for a second look, at area().
  bool is_due(common::MonoTime now) const { return since_ && now - *since_ >= patience; }
  const Rectangle& area() const { return area_; }
  void clear() {
    since_.reset();
    area_ = {};
  }

 private:
  std::optional<common::MonoTime> since_;
  Rectangle area_;
};

}  // namespace worker
