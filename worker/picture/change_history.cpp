#include "worker/picture/change_history.h"

namespace worker {

void ChangeHistory::add(std::uint64_t serial, const DirtyArea& changes) {
  steps_[next_] = {serial, changes};
  next_ = (next_ + 1) % steps_max;
}

std::optional<DirtyArea> ChangeHistory::since(std::uint64_t serial) const {
  DirtyArea all;
  for (std::size_t back = 1; back <= steps_max; ++back) {
    const Step& step = steps_[(next_ + steps_max - back) % steps_max];
    if (step.serial == 0) return std::nullopt;
    if (step.serial == serial) return all;
    all.add(step.changes);
  }
  return std::nullopt;
}

}  // namespace worker
