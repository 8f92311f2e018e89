#include "worker/source/damage_plan.h"

namespace worker {

GrabPlan plan_grab(const DirtyArea& told, const Rectangle& proof, const Rectangle& everything) {
  if (told.pixels() * 100 >= everything.pixels() * whole_percent) return {{everything}, {}};
  GrabPlan plan{{told.rectangles().begin(), told.rectangles().end()}, proof};
  if (!proof.empty()) plan.pieces.push_back(proof);
  return plan;
}

}  // namespace worker
