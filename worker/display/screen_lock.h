// Whether the screen saver of an X server is on (MIT-SCREEN-SAVER), which is what lockers go by: xss-lock,
// light-locker and xautolock lock with it, and a blanked screen is one too. The server tells of it with an
// event that comes before the answer to any grab made after. One thread.
//
// A desktop that locks by itself, without the screen saver of X, is not seen here.
#pragma once

#include <xcb/xcb.h>

#include <cstdint>

namespace worker {

class ScreenLock {
 public:
  // Asks for events about `root`; blocks on the server. Without the extension nothing is ever locked.
  ScreenLock(xcb_connection_t* connection, xcb_window_t root);
  // Takes note of an event of the connection. true: it was locked or unlocked.
  bool notice(const xcb_generic_event_t& event);
  bool locked() const { return locked_; }
  // Ends the screen saver, as a key would. Whoever locked the screen keeps it locked.
  void wake();

 private:
  xcb_connection_t* connection_;
  std::uint8_t first_event_ = 0;  // 0: the server has no such extension
  bool locked_ = false;
};

}  // namespace worker
