// From the settings of an input to the way it is opened.
#pragma once

#include "common/worker_settings.h"
#include "worker/source/capture_thread.h"

namespace worker {

struct PlanContext {
  CanvasSize canvas;
  std::chrono::milliseconds display_retry{500};  // between two attempts to reach an X server that is gone
  std::shared_ptr<Leftovers> leftovers;          // of this input
};

// Of every type but slate, which has no source.
InputPlan plan_input(const common::InputSettings& settings, const PlanContext& context);

}  // namespace worker
