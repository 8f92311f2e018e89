// Our copy of a monitor's screen, and the pointer over it, brought up to date by one round trip a picture:
// what the server told of (DAMAGE) is grabbed, and a band of rows beside it, so that a server that does not
// tell of all is found out; from such a one the whole is grabbed. A copy that stays the same while the screen
// changes is found frozen. One thread; blocks on the server.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "worker/source/damage_plan.h"
#include "worker/source/damage_watch.h"
#include "worker/source/freeze_suspicion.h"
#include "worker/source/pointer_image.h"
#include "worker/source/screen_follower.h"
#include "worker/source/screen_grabber.h"

namespace worker {

class ScreenCopy {
 public:
  // What one round trip brought, in coordinates of the area.
  struct Round {
    DirtyArea told;  // before it
    GrabPlan plan;
    std::vector<Rectangle> changed;  // for each piece of the plan, and more
    bool news = false;               // as ScreenFollower::take_events: not to be used
  };

  // All outlive it.
  ScreenCopy(const XConnection& connection, const common::InputSettings& settings, MonitorMemory& memory,
             ScreenFollower& follower);

  // Takes note of an event of the connection.
  void notice(const xcb_generic_event_t& event);
  // The monitor was looked at and is there: before the first look(). true: it was elsewhere before.
  bool place(const Rectangle& area);
  // Error: frozen, or the server refused, as it does while the screen is being changed.
  common::Result<Round> look();
  // What was copied is worth nothing.
  void forget() { grabber_->forget(); }

  // As of the last look().
  const ScreenGrabber& grabber() const { return *grabber_; }
  ScreenGrabber& grabber() { return *grabber_; }
  // Null: it is not to be shown.
  const PointerImage* pointer() const { return pointer_ ? &*pointer_ : nullptr; }

  bool believes_damage() const { return damage_.is_available() && memory_.trust.trusts(); }
  // Nothing: the display does not tell.
  std::optional<std::uint64_t> damage_events() const;
  // "freeze" and "deaf". false: it has no such fault.
  bool drill(const std::string& fault);

 private:
  void note(const char* level, const std::string& text);
  common::Result<Round> ask();
  common::Result<std::vector<Rectangle>> grab(std::span<const Rectangle> pieces);
  void judge(const Round& round);
  common::Result<void> verify(Round& round);

  const XConnection& connection_;
  const common::InputSettings& settings_;
  MonitorMemory& memory_;
  ScreenFollower& follower_;
  DamageWatch damage_;
  FreezeSuspicion suspicion_;
  std::optional<PointerImage> pointer_;
  std::optional<ScreenGrabber> grabber_;
};

}  // namespace worker
