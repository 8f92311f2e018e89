// One way to get pictures: asked once a slot, on the thread of its input, which it may block. A source never
// retries or waits for better times: it says what is wrong, and its input closes it and opens it anew.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/content_fault.h"
#include "common/protocol.h"
#include "common/result.h"
#include "common/time_grid.h"
#include "worker/picture/picture.h"

namespace worker {

// Why a source gives up that serves old pictures: it is opened anew at once, and the last picture stays on
// air until the next one is there.
inline constexpr const char* frozen_tag = "frozen: ";

// What came in from outside since the source was opened.
struct Received {
  std::uint64_t pictures = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t lost = 0;  // packets that were lost or broken, as far as the transport tells
  std::optional<common::MonoTime> last_picture;  // when a new one could be shown last
  std::optional<common::MonoTime> last_packet;
};

// What a source knows besides its pictures.
struct SourceSigns {
  std::optional<Received> received;            // nothing: its pictures are taken, not sent
  std::optional<std::uint64_t> damage_events;  // told of by the display itself; nothing: it does not tell
  common::ContentTimes content = {};           // as of ContentWatch, where somebody wants to know
  bool behind = false;          // it decodes what came while nobody watched: its picture is an old one
  bool display_asleep = false;  // DPMS
  bool display_locked = false;  // its screen saver is on
  std::string capture_mode;     // of the display, as in common/protocol.h; empty: none
};

class Source {
 public:
  virtual ~Source() = default;
  // The picture for `slot`, of the size of the canvas; the pointer of the call before when nothing changed.
  // Null: it has none yet. Error: tagged ("display_lost: ...", "monitor: ..."); the source gives no pictures
  // any more.
  virtual common::Result<std::shared_ptr<const Picture>> capture(common::Slot slot) = 0;
  // Instead of capture() while nobody wants a picture: proves that the source lives, at the least cost.
  // Errors as those of capture().
  virtual common::Result<void> check() { return {}; }
  // capture() would fail now. Cheap: asked often while nobody wants pictures.
  virtual bool has_ended() const { return false; }
  // Whether somebody wants a picture for every slot; false: capture() is asked once a second and may cost
  // less. Shown at the beginning.
  virtual void show(bool /*shown*/) {}
  // What came until now is never to be shown.
  virtual void forget() {}
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
