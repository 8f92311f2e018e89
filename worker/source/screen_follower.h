// What every capture of an X screen follows on its connection: where the monitor is, and whether the screen
// may be shown. A grab may show another monitor, or a locked screen, when something of that was told between
// follow() and its answer: it is never used. One thread; blocks on the server.
#pragma once

#include <functional>
#include <optional>

#include "worker/source/monitor_watch.h"
#include "worker/source/screen_rest.h"

namespace worker {

class ScreenFollower {
 public:
  using Listener = std::function<void(const xcb_generic_event_t&)>;

  // All outlive it. `others` is handed every event of the connection; may be empty.
  ScreenFollower(const XConnection& connection, const common::InputSettings& settings, MonitorMemory& memory,
                 Listener others);

  // Takes note of what the server told since the last call. A rectangle: where the monitor is, it was looked
  // at anew; nothing: it did not move. Error: no picture may or can be made.
  common::Result<std::optional<Rectangle>> follow();
  // Takes note of what the server told until now. true: a grab that was made since follow() is not to be
  // used.
  bool take_events();
  // What was found is doubted: the next follow() looks at the monitors anew.
  void doubt() { changed_ = true; }
  // For a screen of which grabs_max grabs in a row were not to be used.
  common::Error restless() const;

  bool locked() const { return rest_.locked(); }
  bool asleep() const { return rest_.asleep(); }

 private:
  const XConnection& connection_;
  MonitorWatch watch_;
  ScreenRest rest_;
  Listener others_;
  bool changed_ = true;  // the monitors, since they were looked at
};

}  // namespace worker
