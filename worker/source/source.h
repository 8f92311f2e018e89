// One way to get pictures: asked once a slot, on the thread of its input, which it may block. A source never
// retries or waits for better times: it says what is wrong, and input_set closes it and opens it anew.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/protocol.h"
#include "common/result.h"
#include "common/time_grid.h"
#include "worker/picture/picture.h"

namespace worker {

// Why a source gives up that serves old pictures: it is opened anew at once, and the last picture stays on
// air until the next one is there.
inline constexpr const char* frozen_tag = "frozen: ";

// What a source knows besides its pictures.
struct SourceSigns {
  std::optional<std::uint64_t> damage_events;  // told of by the display itself; nothing: it does not tell
  bool display_asleep = false;                 // DPMS
};

class Source {
 public:
  virtual ~Source() = default;
  // The picture for `slot`, of the size of the canvas; the pointer of the call before when nothing changed.
  // Error: tagged ("display_lost: ...", "monitor: ..."); the source gives no pictures any more.
  virtual common::Result<std::shared_ptr<const Picture>> capture(common::Slot slot) = 0;
  // Instead of capture() while nobody wants a picture: proves that the source lives, at the least cost.
  // Errors as those of capture().
  virtual common::Result<void> check() { return {}; }
  virtual SourceSigns signs() const { return {}; }
  // A controlled fault (Drill of common/protocol.h). false: this source has no such fault.
  virtual bool drill(const std::string& /*fault*/) { return false; }
  // Monitors and log lines since the last call, in order.
  virtual std::vector<common::Message> take_messages() { return {}; }
};

struct CanvasSize {
  int width = 0;
  int height = 0;
};

}  // namespace worker
