#include "worker/source/monitor_watch.h"

#include <xcb/randr.h>

#include <algorithm>

#include "worker/display/monitors.h"

namespace worker {
namespace {

Rectangle area_of(const common::Monitor& monitor) {
  return {monitor.x, monitor.y, monitor.width, monitor.height};
}

bool same(const common::Monitor& one, const common::Monitor& other) {
  return one.name == other.name && one.edid == other.edid && one.x == other.x && one.y == other.y &&
         one.width == other.width && one.height == other.height && one.primary == other.primary &&
         one.captured == other.captured;
}

}  // namespace

MonitorWatch::MonitorWatch(const XConnection& connection, const common::InputSettings& settings,
                           MonitorMemory& memory)
    : connection_(connection), settings_(settings), memory_(memory) {
  if (!memory_.chosen) memory_.chosen = settings_.chosen_monitor;
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
  const int type = type_of(event);
  if (type == XCB_CONFIGURE_NOTIFY) return true;
  return first_event_ != 0 &&
         (type == first_event_ + XCB_RANDR_SCREEN_CHANGE_NOTIFY || type == first_event_ + XCB_RANDR_NOTIFY);
}

common::Result<common::Monitor> MonitorWatch::choose(const std::vector<common::Monitor>& monitors) {
  auto& chosen = memory_.chosen;
  auto now = chosen ? find_again(monitors, *chosen) : choose_monitor(monitors, settings_.monitor);
  if (!now) return now;
  // Once a twin, always one: the mark in its text stays when the other goes.
  const bool had_twin = chosen && chosen->name == now->name && chosen->edid.starts_with(now->edid);
  if (!had_twin) chosen = {now->name, now->edid};
  return now;
}

common::Result<Rectangle> MonitorWatch::wanted(const std::vector<common::Monitor>& monitors) {
  if (settings_.region)
    return Rectangle{settings_.region->x, settings_.region->y, settings_.region->width,
                     settings_.region->height};
  // "all" is whatever is there; every other word means one monitor for good.
  const auto monitor = means_one() ? choose(monitors) : choose_monitor(monitors, settings_.monitor);
  if (!monitor) return monitor.error();
  return area_of(*monitor);
}

common::Result<Rectangle> MonitorWatch::find() {
  auto monitors = list_monitors(connection_);
  if (!monitors) return monitors.error();
  const auto area = wanted(*monitors);
  mark_captured(*monitors, area ? *area : Rectangle{});
  report(std::move(*monitors), memory_);
  if (!area) return area.error();
  return on_screen(*area);
}

void MonitorWatch::mark_captured(std::vector<common::Monitor>& monitors, const Rectangle& area) const {
  for (auto& monitor : monitors) {
    monitor.captured = !intersect(area_of(monitor), area).empty();
    if (!means_one()) continue;
    // Its mirror image on another monitor is not the one that was chosen.
    monitor.captured = monitor.captured && monitor.name == memory_.chosen->name;
    if (monitor.captured) monitor.edid = memory_.chosen->edid;
  }
}

void MonitorWatch::forget(MonitorMemory& memory) {
  report({}, memory);
}

void MonitorWatch::report(std::vector<common::Monitor> monitors, MonitorMemory& memory) {
  if (std::equal(monitors.begin(), monitors.end(), memory.reported.begin(), memory.reported.end(), same))
    return;
  memory.reported = monitors;
  memory.messages.emplace_back(common::Monitors{std::move(monitors)});
}

common::Result<Rectangle> MonitorWatch::on_screen(const Rectangle& area) const {
  xcb_connection_t* xcb = connection_.get();
  const XcbOwned<xcb_get_geometry_reply_t> root(
      xcb_get_geometry_reply(xcb, xcb_get_geometry(xcb, connection_.screen().root), nullptr));
  if (!root) return connection_.lost_error();
  const Rectangle visible = intersect(area, {0, 0, root->width, root->height});
  const std::string what = settings_.region ? "the region" : means_one() ? memory_.chosen->name : "all of it";
  if (visible.width < 2 || visible.height < 2)
    return common::error("monitor: " + what + " is outside the screen of " + std::to_string(root->width) +
                         "x" + std::to_string(root->height));
  return visible;
}

}  // namespace worker
