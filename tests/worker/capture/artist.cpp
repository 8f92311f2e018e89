#include "artist.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace worker::test {
namespace {

constexpr int largest_window = 400;
constexpr std::size_t windows_max = 8;
constexpr int noise_pixels_max = 16000;

std::int16_t place(int value) {
  return static_cast<std::int16_t>(value);
}
std::uint16_t size(int value) {
  return static_cast<std::uint16_t>(std::max(1, value));
}

}  // namespace

Artist::Artist(const std::string& display, int width, int height, unsigned seed)
    : connection_(XConnection::open(display, "").value()), width_(width), height_(height), random_(seed) {
  xcb_connection_t* xcb = connection_.get();
  const xcb_font_t letters = xcb_generate_id(xcb);
  xcb_open_font(xcb, letters, 5, "fixed");
  cursors_ = xcb_generate_id(xcb);
  xcb_open_font(xcb, cursors_, 6, "cursor");
  pen_ = xcb_generate_id(xcb);
  // Over windows too, when it draws on the root.
  const std::uint32_t values[] = {letters, XCB_SUBWINDOW_MODE_INCLUDE_INFERIORS, 0};
  xcb_create_gc(xcb, pen_, root(), XCB_GC_FONT | XCB_GC_SUBWINDOW_MODE | XCB_GC_GRAPHICS_EXPOSURES, values);
  finish();
}

xcb_window_t Artist::open(const Rectangle& area) {
  const xcb_window_t window = xcb_generate_id(connection_.get());
  const std::uint32_t values[] = {static_cast<std::uint32_t>(random_()) & 0xffffff, 1};
  xcb_create_window(connection_.get(), XCB_COPY_FROM_PARENT, window, root(), place(area.x), place(area.y),
                    size(area.width), size(area.height), 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                    connection_.screen().root_visual, XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
  xcb_map_window(connection_.get(), window);
  windows_.push_back(window);
  return window;
}

void Artist::move(xcb_window_t window, int x, int y) {
  const std::uint32_t values[] = {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)};
  xcb_configure_window(connection_.get(), window, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, values);
}

void Artist::resize(xcb_window_t window, int width, int height) {
  const std::uint32_t values[] = {size(width), size(height)};
  xcb_configure_window(connection_.get(), window, XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, values);
}

void Artist::raise(xcb_window_t window) {
  const std::uint32_t above = XCB_STACK_MODE_ABOVE;
  xcb_configure_window(connection_.get(), window, XCB_CONFIG_WINDOW_STACK_MODE, &above);
}

void Artist::close(xcb_window_t window) {
  xcb_destroy_window(connection_.get(), window);
  std::erase(windows_, window);
}

void Artist::fill(xcb_drawable_t where, const Rectangle& area) {
  const std::uint32_t colour = static_cast<std::uint32_t>(random_()) & 0xffffff;
  xcb_change_gc(connection_.get(), pen_, XCB_GC_FOREGROUND, &colour);
  const xcb_rectangle_t rectangle{place(area.x), place(area.y), size(area.width), size(area.height)};
  xcb_poly_fill_rectangle(connection_.get(), where, pen_, 1, &rectangle);
}

void Artist::line(xcb_drawable_t where, int x, int y, int to_x, int to_y) {
  const std::uint32_t colour = static_cast<std::uint32_t>(random_()) & 0xffffff;
  xcb_change_gc(connection_.get(), pen_, XCB_GC_FOREGROUND, &colour);
  const xcb_point_t points[] = {{place(x), place(y)}, {place(to_x), place(to_y)}};
  xcb_poly_line(connection_.get(), XCB_COORD_MODE_ORIGIN, where, pen_, 2, points);
}

void Artist::write(xcb_drawable_t where, int x, int y, const std::string& text) {
  xcb_image_text_8(connection_.get(), static_cast<std::uint8_t>(text.size()), where, pen_, place(x), place(y),
                   text.data());
}

void Artist::noise(xcb_drawable_t where, const Rectangle& area) {
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(area.pixels()));
  for (std::uint32_t& pixel : pixels) pixel = static_cast<std::uint32_t>(random_());
  xcb_put_image(connection_.get(), XCB_IMAGE_FORMAT_Z_PIXMAP, where, pen_, size(area.width),
                size(area.height), place(area.x), place(area.y), 0, connection_.screen().root_depth,
                static_cast<std::uint32_t>(pixels.size() * 4),
                reinterpret_cast<const std::uint8_t*>(pixels.data()));
}

void Artist::scroll(xcb_drawable_t where, const Rectangle& area, int rows) {
  xcb_copy_area(connection_.get(), where, where, pen_, place(area.x), place(area.y + rows), place(area.x),
                place(area.y), size(area.width), size(area.height - rows));
  fill(where, {area.x, area.bottom() - rows, area.width, rows});
}

void Artist::move_pointer(int x, int y) {
  xcb_warp_pointer(connection_.get(), XCB_NONE, root(), 0, 0, 0, 0, place(x), place(y));
}

void Artist::turn_pointer_into(std::uint16_t glyph) {
  const xcb_cursor_t cursor = xcb_generate_id(connection_.get());
  xcb_create_glyph_cursor(connection_.get(), cursor, cursors_, cursors_, glyph,
                          static_cast<std::uint16_t>(glyph + 1), 0, 0, 0xffff, 0xffff, 0xffff, 0);
  const std::uint32_t value = cursor;
  xcb_change_window_attributes(connection_.get(), root(), XCB_CW_CURSOR, &value);
  xcb_free_cursor(connection_.get(), cursor);
}

Rectangle Artist::anywhere(int largest) {
  const int width = 1 + number(largest);
  const int height = 1 + number(largest);
  return {number(width_ + largest) - largest / 2, number(height_ + largest) - largest / 2, width, height};
}

xcb_window_t Artist::any_window() {
  if (windows_.empty()) return open(anywhere(largest_window));
  return windows_[static_cast<std::size_t>(number(static_cast<int>(windows_.size())))];
}

void Artist::change_windows() {
  const xcb_window_t window = any_window();
  const Rectangle there = anywhere(largest_window);
  switch (number(5)) {
    case 0:
      if (windows_.size() == windows_max) close(window);
      open(there);
      return;
    case 1:
      return resize(window, there.width, there.height);
    case 2:
      return raise(window);
    default:
      return move(window, there.x, there.y);
  }
}

void Artist::draw() {
  const xcb_drawable_t where = number(3) == 0 ? root() : any_window();
  const Rectangle there = anywhere(largest_window);
  switch (number(6)) {
    case 0:
      return line(where, there.x, there.y, there.right(), there.bottom());
    case 1:
      return write(where, there.x, there.y, "The quick brown fox");
    case 2:
      return noise(where,
                   {there.x, there.y, there.width, std::min(there.height, noise_pixels_max / there.width)});
    case 3:
      return scroll(where, {there.x, there.y, there.width, there.height + 3}, 2);
    case 4:
      return fill(where, {there.x, there.y, 1 + number(8), 1 + number(8)});
    default:
      return fill(where, there);
  }
}

void Artist::do_anything() {
  const int what = number(20);
  if (what == 0) return turn_pointer_into(static_cast<std::uint16_t>(2 * number(70)));
  if (what == 1) return fill(root(), {0, 0, width_, height_});
  if (what < 5) return move_pointer(number(width_), number(height_));
  return what < 10 ? change_windows() : draw();
}

void Artist::finish() {
  const XcbOwned<xcb_get_input_focus_reply_t> reply(
      xcb_get_input_focus_reply(connection_.get(), xcb_get_input_focus(connection_.get()), nullptr));
  if (!reply) throw std::runtime_error("the X server of the test is gone");
  while (const XcbOwned<xcb_generic_event_t> event{xcb_poll_for_event(connection_.get())}) {
    if (event->response_type != 0) continue;
    const auto& error = reinterpret_cast<const xcb_generic_error_t&>(*event);
    throw std::runtime_error("the X server refused request " + std::to_string(error.major_code) +
                             ": X error " + std::to_string(error.error_code));
  }
}

}  // namespace worker::test
