// The real X server of the tests: two monitors (tests/support/two_monitors.sh) that can be painted, changed,
// stopped and killed. Ends with the object.
#pragma once

#include <xcb/xcb.h>

#include <memory>
#include <string>
#include <vector>

#include "worker/display/x_connection.h"

namespace worker::test {

// A colour as X paints it.
constexpr std::uint32_t rgb(unsigned red, unsigned green, unsigned blue) {
  return red << 16 | green << 8 | blue;
}

class XServer {
 public:
  static constexpr int width = 640;
  static constexpr int height = 360;

  // `options`: more words for two_monitors.sh.
  explicit XServer(const std::string& options = "", int monitor_width = width, int monitor_height = height);
  ~XServer();
  XServer(const XServer&) = delete;
  XServer& operator=(const XServer&) = delete;

  const std::string& display() const { return display_; }
  // Only one screen: Xorg does not start here.
  bool is_xvfb() const;
  void signal(int number) const;
  void kill();     // SIGKILL, reaped
  void restart();  // on the same display number, after kill
  void xrandr(const std::string& words) const;
  const std::string& directory() const { return directory_; }
  int pid() const { return pid_; }

 private:
  void start();
  std::string options_;
  int width_;
  int height_;
  std::string directory_;
  std::string display_;
  int pid_ = 0;
};

// A client that paints.
class Painter {
 public:
  explicit Painter(const std::string& display, const std::string& xauthority = "");
  // A window without a frame, above all others; returns its id.
  xcb_window_t show(int x, int y, int width, int height, std::uint32_t colour);
  void move(xcb_window_t window, int x, int y);
  void recolour(xcb_window_t window, std::uint32_t colour);
  void hide(xcb_window_t window);
  void move_pointer(int x, int y);
  // The pointer over `window` becomes a square of 16x16, hot spot in its middle, of one colour.
  void set_pointer(xcb_window_t window, std::uint32_t colour);
  // The monitor on `output` says that it is this one; empty: it says nothing. See edid_of_model.
  void set_edid(const std::string& output, const std::vector<std::uint8_t>& edid);
  void set_screen_saver(bool on);
  void finish();  // waits until the server has done it all

 private:
  XConnection connection_;
};

// An EDID that reads "DEL <number>".
std::vector<std::uint8_t> edid_of_model(std::uint8_t number);

}  // namespace worker::test
