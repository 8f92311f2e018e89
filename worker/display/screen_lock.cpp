#include "worker/display/screen_lock.h"

#include <xcb/screensaver.h>

#include "worker/display/x_connection.h"

namespace worker {
namespace {

bool is_on(std::uint8_t state) {
  return state == XCB_SCREENSAVER_STATE_ON || state == XCB_SCREENSAVER_STATE_CYCLE;
}

}  // namespace

ScreenLock::ScreenLock(xcb_connection_t* connection, xcb_window_t root) : connection_(connection) {
  const auto* extension = xcb_get_extension_data(connection_, &xcb_screensaver_id);
  if (extension == nullptr || extension->present == 0) return;
  first_event_ = extension->first_event;
  xcb_screensaver_select_input(connection_, root,
                               XCB_SCREENSAVER_EVENT_NOTIFY_MASK | XCB_SCREENSAVER_EVENT_CYCLE_MASK);
  const XcbOwned<xcb_screensaver_query_info_reply_t> reply(
      xcb_screensaver_query_info_reply(connection_, xcb_screensaver_query_info(connection_, root), nullptr));
  locked_ = reply && is_on(reply->state);
}

bool ScreenLock::notice(const xcb_generic_event_t& event) {
  const int type = type_of(event);
  if (first_event_ == 0 || type != first_event_ + XCB_SCREENSAVER_NOTIFY) return false;
  const bool was = locked_;
  locked_ = is_on(reinterpret_cast<const xcb_screensaver_notify_event_t&>(event).state);
  return locked_ != was;
}

void ScreenLock::wake() {
  xcb_force_screen_saver(connection_, XCB_SCREEN_SAVER_RESET);
  xcb_flush(connection_);
}

}  // namespace worker
