// Which rectangle of the screen an x11 input shows, now: chosen once, then followed. RandR events say when to
// look again (faults X05, X06, X07). The physical monitor stays the one first chosen, through unplugging,
// replugging, new X servers and, where the settings hand it over (InputSettings::chosen_monitor), new
// workers: "second" never turns into another screen because one was lost.
#pragma once

#include <xcb/xcb.h>

#include <optional>
#include <vector>

#include "common/protocol.h"
#include "common/result.h"
#include "common/worker_settings.h"
#include "worker/display/x_connection.h"
#include "worker/picture/rectangle.h"
#include "worker/source/damage_trust.h"

namespace worker {

// A screen that is changed while it is grabbed is grabbed anew, so often for one picture.
inline constexpr int grabs_max = 4;

// What outlives one opening of a source: belongs to the input's thread.
struct MonitorMemory {
  std::optional<common::ChosenMonitor> chosen;
  std::vector<common::Monitor> reported;
  std::vector<common::Message> messages;  // to be taken by the input
  int frozen = 0;                         // openings that ended frozen, drills apart
  DamageTrust trust;
};

class MonitorWatch {
 public:
  // Selects the events on `connection`; all three outlive the watch.
  MonitorWatch(const XConnection& connection, const common::InputSettings& settings, MonitorMemory& memory);

  // Lists the monitors anew and gives the rectangle to show, inside the screen. Blocks on the server.
  // Error: "monitor: ..." not there or outside the screen; "display_...".
  common::Result<Rectangle> find();

  // The server is gone, and with it its monitors.
  static void forget(MonitorMemory& memory);

  // true: the event says that monitors may have changed, call find().
  bool concerns(const xcb_generic_event_t& event) const;

 private:
  // One physical monitor is meant; else a rectangle.
  bool means_one() const { return !settings_.region && settings_.monitor != "all"; }
  common::Result<common::Monitor> choose(const std::vector<common::Monitor>& monitors);
  common::Result<Rectangle> wanted(const std::vector<common::Monitor>& monitors);
  void mark_captured(std::vector<common::Monitor>& monitors, const Rectangle& area) const;
  static void report(std::vector<common::Monitor> monitors, MonitorMemory& memory);
  common::Result<Rectangle> on_screen(const Rectangle& area) const;

  const XConnection& connection_;
  const common::InputSettings& settings_;
  MonitorMemory& memory_;
  std::uint8_t first_event_ = 0;  // of RandR; 0: the server has none
};

}  // namespace worker
