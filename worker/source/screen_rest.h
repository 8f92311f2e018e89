// A screen that is locked or asleep, and what the input's policy makes of it: "show" goes on, "slate" gives
// no picture while it lasts, "wake" ends it. One thread; blocks on the server.
#pragma once

#include <xcb/xcb.h>

#include "common/result.h"
#include "common/time_grid.h"
#include "common/worker_settings.h"
#include "worker/display/display_sleep.h"
#include "worker/display/screen_lock.h"
#include "worker/display/x_connection.h"

namespace worker {

enum class RestOrder { Show, Hide, Wake };

// What the settings say about a screen that is locked, or asleep, or both: hiding wins. Pure.
RestOrder order_for(bool locked, bool asleep, const common::InputSettings& settings);

class ScreenRest {
 public:
  // Both outlive it.
  ScreenRest(const XConnection& connection, const common::InputSettings& settings);

  // Takes note of an event of the connection. true: what obey() says may be another thing now.
  bool notice(const xcb_generic_event_t& event) { return lock_.notice(event); }
  // To be called before every picture. Error: "locked: ..." or "asleep: ...", none may be shown.
  common::Result<void> obey(common::MonoTime now);

  bool locked() const { return lock_.locked(); }
  bool asleep() const { return sleep_.asleep(); }

 private:
  const std::string& name_;
  const common::InputSettings& settings_;
  ScreenLock lock_;
  DisplaySleep sleep_;
  common::MonoTime woken_{};
};

}  // namespace worker
