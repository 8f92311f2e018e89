#include "x_server.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>
#include <xcb/randr.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <thread>

namespace worker::test {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string new_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "two_monitors.XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  return pattern;
}

void run(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

// A zombie, which someone else will reap, is gone.
bool is_alive(int pid) {
  const std::string line = first_line("/proc/" + std::to_string(pid) + "/stat");
  return !line.empty() && line.find(") Z ") == std::string::npos;
}

// Nobody else takes this number while a killed server is not yet started again.
std::string own_display() {
  return std::string(":").append(std::to_string(1000 + getpid() % 20000));
}

void wait_until_gone(int pid) {
  for (int i = 0; i < 500 && is_alive(pid); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

}  // namespace

XServer::XServer(const std::string& options, int monitor_width, int monitor_height)
    : options_(options),
      width_(monitor_width),
      height_(monitor_height),
      directory_(new_directory()),
      display_(own_display()) {
  start();
}

XServer::~XServer() {
  std::system((std::string(TWO_MONITORS) + " stop --dir " + directory_).c_str());
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void XServer::start() {
  run(std::string(TWO_MONITORS) + " start --dir " + directory_ + " --width " + std::to_string(width_) +
      " --height " + std::to_string(height_) + " --display " + display_ + " " + options_ + " >/dev/null");
  display_ = first_line(directory_ + "/display");
  pid_ = std::stoi(first_line(directory_ + "/pid"));
}

bool XServer::is_xvfb() const {
  return first_line(directory_ + "/server") == "Xvfb";
}

void XServer::signal(int number) const {
  ::kill(pid_, number);
}

void XServer::kill() {
  signal(SIGKILL);
  wait_until_gone(pid_);
}

void XServer::restart() {
  start();
}

void XServer::xrandr(const std::string& words) const {
  run("DISPLAY=" + display_ + " xrandr " + words);
}

Painter::Painter(const std::string& display, const std::string& xauthority)
    : connection_(XConnection::open(display, xauthority).value()) {}

xcb_window_t Painter::show(int x, int y, int width, int height, std::uint32_t colour) {
  const xcb_window_t window = xcb_generate_id(connection_.get());
  const std::uint32_t values[] = {colour, 1};
  xcb_create_window(connection_.get(), XCB_COPY_FROM_PARENT, window, connection_.screen().root,
                    static_cast<std::int16_t>(x), static_cast<std::int16_t>(y),
                    static_cast<std::uint16_t>(width), static_cast<std::uint16_t>(height), 0,
                    XCB_WINDOW_CLASS_INPUT_OUTPUT, connection_.screen().root_visual,
                    XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
  xcb_map_window(connection_.get(), window);
  finish();
  return window;
}

void Painter::move(xcb_window_t window, int x, int y) {
  const std::uint32_t values[] = {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)};
  xcb_configure_window(connection_.get(), window, XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, values);
  finish();
}

void Painter::recolour(xcb_window_t window, std::uint32_t colour) {
  xcb_change_window_attributes(connection_.get(), window, XCB_CW_BACK_PIXEL, &colour);
  xcb_clear_area(connection_.get(), 0, window, 0, 0, 0, 0);
  finish();
}

void Painter::hide(xcb_window_t window) {
  xcb_unmap_window(connection_.get(), window);
  finish();
}

void Painter::move_pointer(int x, int y) {
  xcb_warp_pointer(connection_.get(), XCB_NONE, connection_.screen().root, 0, 0, 0, 0,
                   static_cast<std::int16_t>(x), static_cast<std::int16_t>(y));
  finish();
}

void Painter::set_pointer(xcb_window_t window, std::uint32_t colour) {
  constexpr std::uint16_t size = 16;
  xcb_connection_t* xcb = connection_.get();
  const xcb_pixmap_t full = xcb_generate_id(xcb);
  xcb_create_pixmap(xcb, 1, full, connection_.screen().root, size, size);
  const xcb_gcontext_t paint = xcb_generate_id(xcb);
  const std::uint32_t one = 1;
  xcb_create_gc(xcb, paint, full, XCB_GC_FOREGROUND, &one);
  const xcb_rectangle_t all{0, 0, size, size};
  xcb_poly_fill_rectangle(xcb, full, paint, 1, &all);
  const auto part = [&](int shift) { return static_cast<std::uint16_t>(((colour >> shift) & 0xff) * 0x101); };
  const xcb_cursor_t cursor = xcb_generate_id(xcb);
  xcb_create_cursor(xcb, cursor, full, full, part(16), part(8), part(0), part(16), part(8), part(0), size / 2,
                    size / 2);
  const std::uint32_t value = cursor;
  xcb_change_window_attributes(xcb, window, XCB_CW_CURSOR, &value);
  finish();
}

void Painter::set_edid(const std::string& output, const std::vector<std::uint8_t>& edid) {
  xcb_connection_t* xcb = connection_.get();
  constexpr std::string_view property = "EDID";
  const XcbOwned<xcb_intern_atom_reply_t> atom(xcb_intern_atom_reply(
      xcb, xcb_intern_atom(xcb, 0, static_cast<std::uint16_t>(property.size()), property.data()), nullptr));
  const XcbOwned<xcb_randr_get_screen_resources_current_reply_t> screen(
      xcb_randr_get_screen_resources_current_reply(
          xcb, xcb_randr_get_screen_resources_current(xcb, connection_.screen().root), nullptr));
  if (!atom || !screen) throw std::runtime_error("RandR");
  const xcb_randr_output_t* outputs = xcb_randr_get_screen_resources_current_outputs(screen.get());
  for (int i = 0; i < xcb_randr_get_screen_resources_current_outputs_length(screen.get()); ++i) {
    const XcbOwned<xcb_randr_get_output_info_reply_t> info(xcb_randr_get_output_info_reply(
        xcb, xcb_randr_get_output_info(xcb, outputs[i], screen->config_timestamp), nullptr));
    const std::string name(reinterpret_cast<const char*>(xcb_randr_get_output_info_name(info.get())),
                           static_cast<std::size_t>(xcb_randr_get_output_info_name_length(info.get())));
    if (name != output) continue;
    if (edid.empty())
      xcb_randr_delete_output_property(xcb, outputs[i], atom->atom);
    else
      xcb_randr_change_output_property(xcb, outputs[i], atom->atom, XCB_ATOM_INTEGER, 8,
                                       XCB_PROP_MODE_REPLACE, static_cast<std::uint32_t>(edid.size()),
                                       edid.data());
  }
  finish();
}

void Painter::set_screen_saver(bool on) {
  xcb_force_screen_saver(connection_.get(), on ? XCB_SCREEN_SAVER_ACTIVE : XCB_SCREEN_SAVER_RESET);
  finish();
}

std::vector<std::uint8_t> edid_of_model(std::uint8_t number) {
  std::vector<std::uint8_t> edid(128, 0);
  std::fill(edid.begin() + 1, edid.begin() + 7, std::uint8_t{0xff});
  edid[8] = 0x10;  // DEL
  edid[9] = 0xac;
  edid[12] = number;
  edid[127] = static_cast<std::uint8_t>(256 - std::accumulate(edid.begin(), edid.end(), 0) % 256);
  return edid;
}

void Painter::finish() {
  const XcbOwned<xcb_get_input_focus_reply_t> reply(
      xcb_get_input_focus_reply(connection_.get(), xcb_get_input_focus(connection_.get()), nullptr));
  if (!reply) throw std::runtime_error("the X server of the test is gone");
}

}  // namespace worker::test
