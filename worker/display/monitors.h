// The monitors of an X server: who they are (RandR, names from EDID), and the choice of the one an input asks
// for. Listing may block as long as the server does: it is called on a capture thread or in a probe, never on
// the media thread. A server that dies meanwhile ends the call, not the process; for that reason it is XCB
// and not libXrandr, whose Xlib exits or crashes when the server goes away while a connection is being opened
// (there is a test).
//
// Errors are tagged for the supervisor: "display_lost: ", "display_auth: ", "display_xwayland: ", "monitor:
// ".
#pragma once

#include <string>
#include <vector>

#include "common/protocol.h"
#include "common/result.h"
#include "common/worker_settings.h"

namespace worker {

class XConnection;

// All monitors that are on, left to right, then top to bottom; twins told apart. An empty display is
// $DISPLAY; an empty xauthority the usual cookie file. Refuses Xwayland, where a capture would be black or
// show X11 windows only.
common::Result<std::vector<common::Monitor>> list_monitors(const std::string& display,
                                                           const std::string& xauthority);
common::Result<std::vector<common::Monitor>> list_monitors(const XConnection& connection);

// The monitor meant by `asked`: "second" (the first that is not primary, or the only one), "primary", "all"
// (the rectangle around all), a connector name, an index from 0, or part of the EDID text. Never another one
// than asked: what does not fit, or fits two, is an error "monitor: ..." that lists what is there. Pure.
common::Result<common::Monitor> choose_monitor(const std::vector<common::Monitor>& monitors,
                                               const std::string& asked);

// Makes the EDID texts of monitors that share one unique: "ACM X 0" on DP-1 and DP-2 (the same model without
// a serial) become "ACM X 0 @DP-1" and "ACM X 0 @DP-2". What was once told apart so is found again by
// connector only, also when its twin is the only one left. Pure.
void tell_twins_apart(std::vector<common::Monitor>& monitors);

// The monitor chosen before, wherever it is now: by EDID, or by connector where that is unknown or has a
// twin. Order, primary and size may have changed; the physical monitor must not. Pure.
common::Result<common::Monitor> find_again(const std::vector<common::Monitor>& monitors,
                                           const common::ChosenMonitor& chosen);

// "DUMMY0 640x360+0+0 primary, DUMMY1 640x360+640+0": for errors and logs. Pure.
std::string describe(const std::vector<common::Monitor>& monitors);

}  // namespace worker
