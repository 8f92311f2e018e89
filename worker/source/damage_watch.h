// What an X server says of changes inside one rectangle of the screen (DAMAGE extension): evidence that does
// not come from the pixels, and so can bear witness against them. Asked with every grab, in the same round
// trip; an answer costs only when there was damage. Never used to leave a grab out: drivers and compositors
// are known to forget damage. One thread.
#pragma once

#include <xcb/xcb.h>

#include <cstdint>

#include "worker/picture/rectangle.h"

namespace worker {

class DamageWatch {
 public:
  DamageWatch(xcb_connection_t* connection, xcb_window_t root);

  // false: the server has no DAMAGE, or no XFIXES to ask where it was.
  bool is_available() const { return damage_ != 0; }
  void set_area(const Rectangle& area);
  // Takes note of an event of the connection.
  void notice(const xcb_generic_event_t& event);

  // Asks where the damage was, if there was any; to be sent before the grab that shall show it.
  void request();
  void receive();

  // Bounds of the damage of the last round, inside the area, root coordinates; empty: none.
  const Rectangle& latest() const { return latest_; }
  // Rounds with damage inside the area.
  std::uint64_t events() const { return events_; }

 private:
  xcb_connection_t* connection_;
  std::uint8_t first_event_ = 0;
  std::uint32_t damage_ = 0;
  std::uint32_t area_region_ = 0;
  std::uint32_t damaged_region_ = 0;
  bool due_ = false;
  bool asked_ = false;
  unsigned sequence_ = 0;
  Rectangle latest_;
  std::uint64_t events_ = 0;
};

}  // namespace worker
