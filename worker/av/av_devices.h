// libavdevice, loaded when an input needs it: with all that it drags in (sound servers, OpenGL, SDL) it would
// double the time in which every worker starts, and most never need it.
#pragma once

#include "common/result.h"

namespace worker {

// Registers the devices with libavformat. Thread-safe; the second call costs nothing. The error names the
// library.
common::Result<void> load_devices();

}  // namespace worker
