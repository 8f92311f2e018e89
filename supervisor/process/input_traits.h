// What the selector must know of an input of the configuration, and what people call it. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/worker_settings.h"
#include "supervisor/supervise/input_selector.h"

namespace supervisor {

// ":0 second", "rtsp://cam/1", "v4l2 /dev/video0"; without secrets, bounded.
std::string input_name(const common::InputSettings& input);
InputTraits traits_of(const common::InputSettings& input);
std::vector<InputTraits> traits_of(const std::vector<common::InputSettings>& inputs);
// Where each input of `wanted` was in `old`, as InputsEdited::former says it; an input that is configured
// otherwise is a new one.
std::vector<int> former_places(const std::vector<common::InputSettings>& old,
                               const std::vector<common::InputSettings>& wanted);

}  // namespace supervisor
