// Inputs of libavdevice; in this version x11grab only, as an alternative to our own capture. Packets are raw
// BGR0, their timestamps are ignored (wall clock): a picture belongs to the slot it was asked for.
//
// x11grab serves its last picture as success for ever when the X server dies, so the source keeps a
// connection of its own beside it and asks with every picture whether the server lives and the monitor is
// where it was.
#pragma once

#include <memory>

#include "common/worker_settings.h"
#include "worker/source/monitor_watch.h"
#include "worker/source/source.h"

namespace worker {

// Blocks on the server. `settings` and `memory` outlive the source. x11grab itself takes its cookie from
// XAUTHORITY.
common::Result<std::unique_ptr<Source>> open_x11grab_source(const common::InputSettings& settings,
                                                            const CanvasSize& canvas, MonitorMemory& memory);

}  // namespace worker
