// A monitor of an X server, with the pointer, by XCB: one round trip a picture. The server tells which parts
// changed (damage_watch.h); only those are copied (damage_plan.h, screen_grabber.h), compared with what was
// there, and converted. Nothing told, and the pointer at rest: the same picture again. A server whose reports
// leave changes out is found out (damage_trust.h) and compared whole from then on. Follows mode changes
// (scaled to the same canvas) and refuses to go on when the chosen monitor is gone.
//
// The round trip asks where the pointer is, or for any answer: a server that is dead or blocked is seen by
// it, and whatever changed before the answer has been told with it.
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
