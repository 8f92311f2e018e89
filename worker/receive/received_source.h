// Pictures that somebody sends, or that lie in a file, or come from a device: all that libavformat opens. A
// reader thread takes them in, this source decodes what is due and paints it on the canvas, on the thread of
// its input. It never waits for the sender.
//
// Each picture is shown at its time by our clock (play_clock.h); the sender's stamps only say how far apart
// pictures are. While nobody watches, packets are kept from the last key frame on and one picture a second
// is decoded, so that a switch shows a picture at once and catches up in a few slots; a file stands still.
#pragma once

#include <memory>

#include "common/worker_settings.h"
#include "worker/source/leftovers.h"
#include "worker/source/source.h"

namespace worker {

// Returns at once; what cannot be opened is an error of capture(). leftovers: may be null.
common::Result<std::unique_ptr<Source>> open_received_source(const common::InputSettings& settings,
                                                             const CanvasSize& canvas,
                                                             std::shared_ptr<Leftovers> leftovers);

}  // namespace worker
