// From the settings of an input to the way it is opened.
#pragma once

#include "common/worker_settings.h"
#include "worker/source/capture_thread.h"

namespace worker {

InputPlan plan_input(const common::InputSettings& settings, const CanvasSize& canvas);

}  // namespace worker
