// A monitor of an X server, with the pointer, by XCB: one round trip a picture. Compares each grab with the
// one before and converts only the rows that changed; a quiet desktop gives the same picture again. Follows
// mode changes (scaled to the same canvas) and refuses to go on when the chosen monitor is gone.
//
// A capture that stays the same while the server tells of damage for three seconds is compared with a second
// look over a new connection: equal is a quiet desktop, different is the error "frozen: ...".
#pragma once

#include <memory>

#include "common/worker_settings.h"
#include "worker/source/monitor_watch.h"
#include "worker/source/source.h"

namespace worker {

// Blocks on the server. `settings` and `memory` outlive the source.
common::Result<std::unique_ptr<Source>> open_x11_source(const common::InputSettings& settings,
                                                        const CanvasSize& canvas, MonitorMemory& memory);

}  // namespace worker
