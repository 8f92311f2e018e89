#include "worker/source/monitor_watch.h"

#include <xcb/randr.h>

#include <algorithm>

#include "worker/display/monitors.h"

namespace worker {
namespace {

constexpr std::uint8_t sent_event_bit = 0x80;

bool same(const common::Monitor& one, const common::Monitor& other) {
  return one.name == other.name && one.edid == other.edid && one.x == other.x && one.y == other.y &&
         one.width == other.width && one.height == other.height && one.primary == other.primary &&
         one.captured == other.captured;
}

}  // namespace

MonitorWatch::MonitorWatch(const XConnection& connection, const common::InputSettings& settings,
                           MonitorMemory& memory)
    : connection_(connection), settings_(settings), memory_(memory) {
  xcb_connection_t* xcb = connection_.get();
  const std::uint32_t structure = XCB_EVENT_MASK_STRUCTURE_NOTIFY;  // told of `xrandr --setmonitor`
  xcb_change_window_attributes(xcb, connection_.screen().root, XCB_CW_EVENT_MASK, &structure);
  const xcb_query_extension_reply_t* randr = xcb_get_extension_data(xcb, &xcb_randr_id);
  if (randr == nullptr || randr->present == 0) return;
  first_event_ = randr->first_event;
  xcb_randr_select_input(xcb, connection_.screen().root,
                         XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE | XCB_RANDR_NOTIFY_MASK_CRTC_CHANGE |
                             XCB_RANDR_NOTIFY_MASK_OUTPUT_CHANGE);
}

bool MonitorWatch::concerns(const xcb_generic_event_t& event) const {
  const int type = event.response_type & ~sent_event_bit;
  if (type == XCB_CONFIGURE_NOTIFY) return true;
  return first_event_ != 0 &&
         (type == first_event_ + XCB_RANDR_SCREEN_CHANGE_NOTIFY || type == first_event_ + XCB_RANDR_NOTIFY);
}

common::Result<common::Monitor> MonitorWatch::choose(const std::vector<common::Monitor>& monitors) {
  if (memory_.chosen) return find_again(monitors, *memory_.chosen);
  auto chosen = choose_monitor(monitors, settings_.monitor);
  // "all" is whatever is there; every other word means one monitor for good.
  if (chosen && settings_.monitor != "all") memory_.chosen = *chosen;
  return chosen;
}

common::Result<Rectangle> MonitorWatch::find() {
  auto monitors = list_monitors(connection_);
  if (!monitors) return monitors.error();
  if (settings_.region) {
    report(*monitors, "");
    const auto& region = *settings_.region;
    return on_screen({region.x, region.y, region.width, region.height}, "the region");
  }
  const auto chosen = choose(*monitors);
  report(*monitors, chosen ? chosen->name : "");
  if (!chosen) return chosen.error();
  return on_screen({chosen->x, chosen->y, chosen->width, chosen->height}, chosen->name);
}

void MonitorWatch::report(std::vector<common::Monitor> monitors, const std::string& captured) {
  for (auto& monitor : monitors) monitor.captured = monitor.name == captured || captured == "all";
  if (std::equal(monitors.begin(), monitors.end(), memory_.reported.begin(), memory_.reported.end(), same))
    return;
  memory_.reported = monitors;
  memory_.messages.emplace_back(common::Monitors{std::move(monitors)});
}

common::Result<Rectangle> MonitorWatch::on_screen(const Rectangle& wanted, const std::string& what) const {
  xcb_connection_t* xcb = connection_.get();
  const XcbOwned<xcb_get_geometry_reply_t> root(
      xcb_get_geometry_reply(xcb, xcb_get_geometry(xcb, connection_.screen().root), nullptr));
  if (!root) return connection_.lost_error();
  const Rectangle visible = intersect(wanted, {0, 0, root->width, root->height});
  if (visible.width < 2 || visible.height < 2)
    return common::error("monitor: " + what + " is outside the screen of " + std::to_string(root->width) +
                         "x" + std::to_string(root->height));
  return visible;
}

}  // namespace worker
