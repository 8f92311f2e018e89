// A client that draws whatever desktops draw, by a script or at random, on both monitors: windows that move,
// resize and stack, text, scrolling, pictures, lines over everything, and the pointer.
#pragma once

#include <xcb/xcb.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "worker/display/x_connection.h"
#include "worker/picture/rectangle.h"

namespace worker::test {

class Artist {
 public:
  // Draws on a screen of this size. seed: of everything random.
  Artist(const std::string& display, int width, int height, unsigned seed);

  xcb_window_t open(const Rectangle& area);
  void move(xcb_window_t window, int x, int y);
  void resize(xcb_window_t window, int width, int height);
  void raise(xcb_window_t window);
  void close(xcb_window_t window);
  void fill(xcb_drawable_t where, const Rectangle& area);
  void line(xcb_drawable_t where, int x, int y, int to_x, int to_y);
  void write(xcb_drawable_t where, int x, int y, const std::string& text);
  void noise(xcb_drawable_t where, const Rectangle& area);  // at most 16000 pixels
  // The contents of the area move up, and something new comes in below.
  void scroll(xcb_drawable_t where, const Rectangle& area, int rows);
  void move_pointer(int x, int y);
  void turn_pointer_into(std::uint16_t glyph);  // of the font "cursor"
  xcb_window_t root() const { return connection_.screen().root; }

  // Something of the above, somewhere.
  void do_anything();
  void flush() { xcb_flush(connection_.get()); }
  // Waits until the server has done it all; throws when it refused anything.
  void finish();

 private:
  int number(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  Rectangle anywhere(int largest);
  xcb_window_t any_window();
  void change_windows();
  void draw();

  XConnection connection_;
  int width_;
  int height_;
  std::mt19937 random_;
  xcb_gcontext_t pen_ = 0;
  xcb_font_t cursors_ = 0;
  std::vector<xcb_window_t> windows_;
};

}  // namespace worker::test
