// Where an X server says that one rectangle of the screen changed (DAMAGE extension). Its events carry the
// places, so nothing has to be asked, and a screen on which nothing happens costs nothing. Drivers and
// compositors are known to forget damage: damage_trust.h has an eye on that. One thread.
#pragma once

#include <xcb/xcb.h>

#include <cstdint>

#include "worker/picture/dirty_area.h"

namespace worker {

class DamageWatch {
 public:
  DamageWatch(xcb_connection_t* connection, xcb_window_t root);

  // false: the server has no DAMAGE.
  bool is_available() const { return damage_ != 0; }
  // In root coordinates; what was told before is forgotten.
  void set_area(const Rectangle& area);
  // Takes note of an event of the connection.
  void notice(const xcb_generic_event_t& event);

  // What was told since take(), in coordinates of the area.
  const DirtyArea& told() const { return told_; }
  // Hands it over. Of what is drawn from now on the server tells anew, so grabs must be asked for after it.
  DirtyArea take();
  // Rounds with damage inside the area.
  std::uint64_t rounds() const { return rounds_; }
  // A drill: from now on nothing is told.
  void deafen() { deaf_ = true; }

 private:
  // The server tells only of what it believes to be undamaged: whatever is forgotten here must be forgotten
  // there.
  void start_anew();

  xcb_connection_t* connection_;
  std::uint8_t first_event_ = 0;
  std::uint32_t damage_ = 0;
  Rectangle area_;
  DirtyArea told_;
  std::uint64_t rounds_ = 0;
  bool deaf_ = false;
};

}  // namespace worker
