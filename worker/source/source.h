// One way to get pictures: asked once a slot, on the thread of its input, which it may block. A source never
// retries or waits for better times: it says what is wrong, and input_set closes it and opens it anew.
#pragma once

#include <memory>
#include <vector>

#include "common/protocol.h"
#include "common/result.h"
#include "common/time_grid.h"
#include "worker/picture/picture.h"

namespace worker {

class Source {
 public:
  virtual ~Source() = default;
  // The picture for `slot`, of the size of the canvas; the pointer of the call before when nothing changed.
  // Error: tagged ("display_lost: ...", "monitor: ..."); the source gives no pictures any more.
  virtual common::Result<std::shared_ptr<const Picture>> capture(common::Slot slot) = 0;
  // Monitors and log lines since the last call, in order.
  virtual std::vector<common::Message> take_messages() { return {}; }
};

struct CanvasSize {
  int width = 0;
  int height = 0;
};

}  // namespace worker
