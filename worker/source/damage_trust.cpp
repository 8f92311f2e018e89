#include "worker/source/damage_trust.h"

#include <algorithm>

namespace worker {

Rectangle DamageTrust::due(const Rectangle& everything, common::MonoTime now) const {
  if (now - compared_ < band_after) return {};
  const int top = everything.height * band_ / bands;
  const int bottom = std::max(top + 1, everything.height * (band_ + 1) / bands);
  return {everything.x, everything.y + top, everything.width, bottom - top};
}

bool DamageTrust::proved(const Rectangle& unlike, const DirtyArea& told, common::MonoTime now) {
  const bool explained = told.meets(unlike);
  if (explained && ++looks_ < looks_max) return false;
  next_band(now);
  if (unlike.empty() || explained) return false;
  trusts_ = false;
  good_since_ = now;
  told_true_ = false;
  return true;
}

bool DamageTrust::watched(const Rectangle& unlike, const DirtyArea& told, common::MonoTime now) {
  const bool covered = intersect(unlike, told.bounds()) == unlike;
  if (!unlike.empty() && covered) told_true_ = true;
  if (!unlike.empty() && !covered) good_since_ = now;
  // A screen on which nothing happens proves nothing.
  if (now - good_since_ < probation_ || !told_true_) return false;
  trusts_ = true;
  probation_ = std::min(2 * probation_, probation_max);
  return true;
}

void DamageTrust::next_band(common::MonoTime now) {
  compared_ = now;
  band_ = (band_ + 1) % bands;
  looks_ = 0;
}

}  // namespace worker
