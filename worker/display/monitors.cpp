#include "worker/display/monitors.h"

#include <xcb/randr.h>

#include <algorithm>
#include <span>
#include <tuple>

#include "worker/display/edid.h"
#include "worker/display/x_connection.h"

namespace worker {
namespace {

using common::Monitor;

constexpr std::uint32_t edid_words_max = 64;  // 256 bytes: the base block and one extension
constexpr char edid_property[] = "EDID";

std::string atom_name(xcb_connection_t* xcb, xcb_atom_t atom) {
  const XcbOwned<xcb_get_atom_name_reply_t> reply(
      xcb_get_atom_name_reply(xcb, xcb_get_atom_name(xcb, atom), nullptr));
  if (!reply) return {};
  return {xcb_get_atom_name_name(reply.get()),
          static_cast<std::size_t>(xcb_get_atom_name_name_length(reply.get()))};
}

std::string edid_of(xcb_connection_t* xcb, xcb_randr_output_t output) {
  const XcbOwned<xcb_intern_atom_reply_t> atom(
      xcb_intern_atom_reply(xcb, xcb_intern_atom(xcb, 1, sizeof edid_property - 1, edid_property), nullptr));
  if (!atom || atom->atom == XCB_ATOM_NONE) return {};
  const auto asked = xcb_randr_get_output_property(xcb, output, atom->atom, XCB_GET_PROPERTY_TYPE_ANY, 0,
                                                   edid_words_max, 0, 0);
  const XcbOwned<xcb_randr_get_output_property_reply_t> property(
      xcb_randr_get_output_property_reply(xcb, asked, nullptr));
  if (!property || property->format != 8) return {};
  return edid_text(std::span<const std::uint8_t>(
      xcb_randr_get_output_property_data(property.get()),
      static_cast<std::size_t>(xcb_randr_get_output_property_data_length(property.get()))));
}

Monitor to_monitor(xcb_connection_t* xcb, const xcb_randr_monitor_info_t& info) {
  Monitor monitor;
  monitor.name = atom_name(xcb, info.name);
  if (info.nOutput > 0) monitor.edid = edid_of(xcb, *xcb_randr_monitor_info_outputs(&info));
  monitor.x = info.x;
  monitor.y = info.y;
  monitor.width = info.width;
  monitor.height = info.height;
  monitor.primary = info.primary != 0;
  return monitor;
}

// Before RandR 1.5 (and without it) the whole screen is the one monitor.
Monitor whole_screen(const XConnection& connection) {
  Monitor monitor;
  monitor.name = "screen";
  monitor.width = connection.screen().width_in_pixels;
  monitor.height = connection.screen().height_in_pixels;
  monitor.primary = true;
  return monitor;
}

bool has_monitors(xcb_connection_t* xcb) {
  const xcb_query_extension_reply_t* extension = xcb_get_extension_data(xcb, &xcb_randr_id);
  if (extension == nullptr || extension->present == 0) return false;
  const XcbOwned<xcb_randr_query_version_reply_t> version(
      xcb_randr_query_version_reply(xcb, xcb_randr_query_version(xcb, 1, 5), nullptr));
  return version && std::tie(version->major_version, version->minor_version) >= std::make_tuple(1u, 5u);
}

std::vector<Monitor> read_monitors(const XConnection& connection) {
  xcb_connection_t* xcb = connection.get();
  if (!has_monitors(xcb)) return {whole_screen(connection)};
  constexpr std::uint8_t active_only = 1;
  const XcbOwned<xcb_randr_get_monitors_reply_t> reply(xcb_randr_get_monitors_reply(
      xcb, xcb_randr_get_monitors(xcb, connection.screen().root, active_only), nullptr));
  std::vector<Monitor> monitors;
  if (!reply) return monitors;
  auto infos = xcb_randr_get_monitors_monitors_iterator(reply.get());
  for (; infos.rem > 0; xcb_randr_monitor_info_next(&infos)) monitors.push_back(to_monitor(xcb, *infos.data));
  std::stable_sort(monitors.begin(), monitors.end(),
                   [](const auto& a, const auto& b) { return std::tie(a.x, a.y) < std::tie(b.x, b.y); });
  tell_twins_apart(monitors);
  return monitors;
}

bool is_xwayland(const XConnection& connection, const std::vector<Monitor>& monitors) {
  return connection.has_extension("XWAYLAND") ||
         std::any_of(monitors.begin(), monitors.end(),
                     [](const auto& m) { return m.name.starts_with("XWAYLAND"); });
}

}  // namespace

common::Result<std::vector<Monitor>> list_monitors(const XConnection& connection) {
  std::vector<Monitor> monitors = read_monitors(connection);
  const bool xwayland = is_xwayland(connection, monitors);
  if (connection.is_lost()) return connection.lost_error();
  if (xwayland)
    return common::error(
        "display_xwayland: " + connection.name() +
        " is Xwayland, where a capture is black or shows X11 windows only; log in to an Xorg "
        "session (\"on Xorg\" in the login screen's session menu)");
  return monitors;
}

common::Result<std::vector<Monitor>> list_monitors(const std::string& display,
                                                   const std::string& xauthority) {
  const auto connection = XConnection::open(display, xauthority);
  if (!connection) return connection.error();
  return list_monitors(*connection);
}

}  // namespace worker
