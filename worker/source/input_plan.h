// From the settings of an input to the way it is opened.
#pragma once

#include "common/worker_settings.h"
#include "worker/source/capture_thread.h"

namespace worker {

// display_retry: between two attempts to reach an X server that is gone.
InputPlan plan_input(const common::InputSettings& settings, const CanvasSize& canvas,
                     std::chrono::milliseconds display_retry);

}  // namespace worker
