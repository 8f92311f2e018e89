#include "worker/source/damage_watch.h"

#include <xcb/damage.h>
#include <xcb/xfixes.h>

#include "worker/display/x_connection.h"

namespace worker {
namespace {

bool is_present(const xcb_query_extension_reply_t* extension) {
  return extension != nullptr && extension->present != 0;
}

// Both extensions answer nothing before their version was asked for. Regions came with XFIXES 2.
bool agree_on_versions(xcb_connection_t* connection) {
  const auto fixes_asked =
      xcb_xfixes_query_version(connection, XCB_XFIXES_MAJOR_VERSION, XCB_XFIXES_MINOR_VERSION);
  const auto damage_asked =
      xcb_damage_query_version(connection, XCB_DAMAGE_MAJOR_VERSION, XCB_DAMAGE_MINOR_VERSION);
  const XcbOwned<xcb_xfixes_query_version_reply_t> fixes(
      xcb_xfixes_query_version_reply(connection, fixes_asked, nullptr));
  const XcbOwned<xcb_damage_query_version_reply_t> damage(
      xcb_damage_query_version_reply(connection, damage_asked, nullptr));
  return fixes && damage && fixes->major_version >= 2;
}

}  // namespace

DamageWatch::DamageWatch(xcb_connection_t* connection, xcb_window_t root) : connection_(connection) {
  const auto* extension = xcb_get_extension_data(connection_, &xcb_damage_id);
  if (!is_present(extension) || !is_present(xcb_get_extension_data(connection_, &xcb_xfixes_id))) return;
  if (!agree_on_versions(connection_)) return;
  first_event_ = extension->first_event;
  area_region_ = xcb_generate_id(connection_);
  damaged_region_ = xcb_generate_id(connection_);
  xcb_xfixes_create_region(connection_, area_region_, 0, nullptr);
  xcb_xfixes_create_region(connection_, damaged_region_, 0, nullptr);
  damage_ = xcb_generate_id(connection_);
  // One event when damage begins, however much is drawn: the next comes after it was subtracted.
  xcb_damage_create(connection_, damage_, root, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
}

void DamageWatch::set_area(const Rectangle& area) {
  if (!is_available()) return;
  const xcb_rectangle_t rectangle{static_cast<std::int16_t>(area.x), static_cast<std::int16_t>(area.y),
                                  static_cast<std::uint16_t>(area.width),
                                  static_cast<std::uint16_t>(area.height)};
  xcb_xfixes_set_region(connection_, area_region_, 1, &rectangle);
}

void DamageWatch::notice(const xcb_generic_event_t& event) {
  const int type = type_of(event);
  if (is_available() && type == first_event_ + XCB_DAMAGE_NOTIFY) due_ = true;
}

void DamageWatch::request() {
  asked_ = due_;
  due_ = false;
  if (!asked_) return;
  xcb_damage_subtract(connection_, damage_, XCB_NONE, damaged_region_);
  xcb_xfixes_intersect_region(connection_, damaged_region_, area_region_, damaged_region_);
  sequence_ = xcb_xfixes_fetch_region(connection_, damaged_region_).sequence;
}

void DamageWatch::receive() {
  latest_ = {};
  if (!asked_) return;
  asked_ = false;
  const XcbOwned<xcb_xfixes_fetch_region_reply_t> reply(
      xcb_xfixes_fetch_region_reply(connection_, {sequence_}, nullptr));
  if (!reply || reply->extents.width == 0 || reply->extents.height == 0) return;
  latest_ = {reply->extents.x, reply->extents.y, reply->extents.width, reply->extents.height};
  ++events_;
}

}  // namespace worker
