#include "worker/display/display_sleep.h"

#include <xcb/dpms.h>

#include "worker/display/x_connection.h"

namespace worker {

DisplaySleep::DisplaySleep(xcb_connection_t* connection) : connection_(connection) {
  const auto* extension = xcb_get_extension_data(connection_, &xcb_dpms_id);
  available_ = extension != nullptr && extension->present != 0;
}

void DisplaySleep::look(common::MonoTime now) {
  if (!available_ || now < next_) return;
  next_ = now + look_after;
  const XcbOwned<xcb_dpms_info_reply_t> reply(
      xcb_dpms_info_reply(connection_, xcb_dpms_info(connection_), nullptr));
  asleep_ = reply && reply->state != 0 && reply->power_level != XCB_DPMS_DPMS_MODE_ON;
}

void DisplaySleep::wake() {
  if (!available_) return;
  xcb_dpms_force_level(connection_, XCB_DPMS_DPMS_MODE_ON);
  xcb_flush(connection_);
  asleep_ = false;
}

}  // namespace worker
