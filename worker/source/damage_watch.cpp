#include "worker/source/damage_watch.h"

#include <xcb/damage.h>

#include <utility>

#include "worker/display/x_connection.h"

namespace worker {

DamageWatch::DamageWatch(xcb_connection_t* connection, xcb_window_t root) : connection_(connection) {
  const auto* extension = xcb_get_extension_data(connection_, &xcb_damage_id);
  if (extension == nullptr || extension->present == 0) return;
  // The extension answers nothing before its version was asked for.
  const XcbOwned<xcb_damage_query_version_reply_t> version(xcb_damage_query_version_reply(
      connection_, xcb_damage_query_version(connection_, XCB_DAMAGE_MAJOR_VERSION, XCB_DAMAGE_MINOR_VERSION),
      nullptr));
  if (!version) return;
  first_event_ = extension->first_event;
  damage_ = xcb_generate_id(connection_);
  // An event for what was not damaged before: at most one for each place between two takes, however much is
  // drawn there, and none for other monitors once they have changed everywhere.
  xcb_damage_create(connection_, damage_, root, XCB_DAMAGE_REPORT_LEVEL_DELTA_RECTANGLES);
}

void DamageWatch::set_area(const Rectangle& area) {
  area_ = area;
  told_.clear();
  if (is_available()) start_anew();
}

void DamageWatch::start_anew() {
  xcb_damage_subtract(connection_, damage_, XCB_NONE, XCB_NONE);
}

void DamageWatch::notice(const xcb_generic_event_t& event) {
  if (!is_available() || deaf_ || type_of(event) != first_event_ + XCB_DAMAGE_NOTIFY) return;
  const xcb_rectangle_t& where = reinterpret_cast<const xcb_damage_notify_event_t&>(event).area;
  told_.add(intersect({where.x, where.y, where.width, where.height}, area_).moved(-area_.x, -area_.y));
}

DirtyArea DamageWatch::take() {
  if (told_.empty()) return {};
  start_anew();
  ++rounds_;
  return std::exchange(told_, {});
}

}  // namespace worker
