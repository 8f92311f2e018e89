#include "worker/source/second_look.h"

#include <cstring>

#include "worker/display/x_connection.h"

namespace worker {
namespace {

constexpr std::uint32_t colour_bits = 0x00ffffff;

std::uint32_t colour(const std::uint8_t* pixel) {
  std::uint32_t value = 0;
  std::memcpy(&value, pixel, sizeof value);
  return value & colour_bits;
}

}  // namespace

common::Result<std::vector<std::uint8_t>> second_look(const std::string& display,
                                                      const std::string& xauthority, const Rectangle& area) {
  const auto connection = XConnection::open(display, xauthority);
  if (!connection) return connection.error();
  const auto asked = xcb_get_image(connection->get(), XCB_IMAGE_FORMAT_Z_PIXMAP, connection->screen().root,
                                   static_cast<std::int16_t>(area.x), static_cast<std::int16_t>(area.y),
                                   static_cast<std::uint16_t>(area.width),
                                   static_cast<std::uint16_t>(area.height), all_planes);
  const XcbOwned<xcb_get_image_reply_t> reply(xcb_get_image_reply(connection->get(), asked, nullptr));
  const auto wanted = static_cast<std::size_t>(area.width) * static_cast<std::size_t>(area.height) * 4;
  if (!reply || static_cast<std::size_t>(xcb_get_image_data_length(reply.get())) < wanted)
    return common::error("the X server refused a second look");
  const std::uint8_t* pixels = xcb_get_image_data(reply.get());
  return std::vector<std::uint8_t>(pixels, pixels + wanted);
}

bool shows_the_same(const Bgra& grab, const Rectangle& area, const std::vector<std::uint8_t>& pixels) {
  const std::uint8_t* pixel = pixels.data();
  for (int y = area.y; y < area.bottom(); ++y)
    for (int x = area.x; x < area.right(); ++x, pixel += 4)
      if (colour(grab.row(y) + static_cast<std::ptrdiff_t>(x) * 4) != colour(pixel)) return false;
  return true;
}

}  // namespace worker
