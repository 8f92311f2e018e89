// Whether the monitors of an X server sleep (DPMS: standby, suspend or off), looked at every second, because
// servers tell of it only since X 21.1. Blocks on the server; one thread.
#pragma once

#include <xcb/xcb.h>

#include "common/time_grid.h"

namespace worker {

class DisplaySleep {
 public:
  static constexpr std::chrono::seconds look_after{1};

  explicit DisplaySleep(xcb_connection_t* connection);
  // Asks the server when it is time.
  void look(common::MonoTime now);
  bool asleep() const { return asleep_; }
  // Switches them on. The server's own timers go on.
  void wake();

 private:
  xcb_connection_t* connection_;
  bool available_ = false;
  bool asleep_ = false;
  common::MonoTime next_{};
};

}  // namespace worker
