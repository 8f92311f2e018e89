#include "worker/receive/timeline.h"

#include <algorithm>

namespace worker {

Timeline::Placed Timeline::place(const Stamps& stamps) {
  const Time duration = stamps.duration > Time(0) ? stamps.duration : usual_;
  const Time next = last_.value_or(Time(0)) + duration;
  const std::optional<Time> stamp = stamps.decoded ? stamps.decoded : stamps.presented;
  Time decoded = stamp ? *stamp + offset_ : next;
  if (stamp && anew_) {
    offset_ = end_ - stamps.presented.value_or(*stamp);
    decoded = *stamp + offset_;
  } else if (stamp && (decoded < *last_ - back_max || decoded > *last_ + std::max(gap_max_, 2 * duration))) {
    offset_ += next - decoded;
    decoded = next;
  }
  anew_ = anew_ && !stamp;
  last_ = decoded;
  Placed placed{decoded, {}};
  if (stamps.presented) placed.presented = *stamps.presented + offset_;
  end_ = std::max(end_, placed.time() + duration);
  return placed;
}

}  // namespace worker
