// What one round asks the X server for. Pure.
#pragma once

#include <vector>

#include "worker/picture/dirty_area.h"

namespace worker {

// A piece of the screen costs its share of a whole grab in the server, and is then compared and copied by us;
// a whole grab becomes the next copy as it is. So from this share on, in percent, the whole is cheaper.
// Measured by capture_cost pieces.
inline constexpr int whole_percent = 50;

struct GrabPlan {
  // To be grabbed, in this order; the last is `proof`, if there is one.
  std::vector<Rectangle> pieces;
  // Was not told of, and is grabbed to be compared.
  Rectangle proof;

  bool empty() const { return pieces.empty(); }
};

// told: where the screen changed. proof: the rows that are due to be compared, or empty; they wait when the
// whole is grabbed anyway.
GrabPlan plan_grab(const DirtyArea& told, const Rectangle& proof, const Rectangle& everything);

}  // namespace worker
