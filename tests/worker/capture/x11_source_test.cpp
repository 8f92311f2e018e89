// One capture of a real X server at a time: what is in the picture, and when it is another one.
#include "worker/source/x11_source.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>

#include "pixels.h"
#include "worker/source/av_source.h"
#include "x_server.h"

namespace worker {
namespace {

using test::near;
using test::Painter;
using test::pixel;
using test::rgb;
using test::XServer;

constexpr CanvasSize canvas{XServer::width, XServer::height};

common::InputSettings input(const XServer& server, const std::string& monitor = "second") {
  common::InputSettings settings;
  settings.display = server.display();
  settings.monitor = monitor;
  settings.cursor = false;
  return settings;
}

// Red on the left monitor, green on the right one.
class X11Source : public testing::Test {
 protected:
  void SetUp() override {
    if (server.is_xvfb()) GTEST_SKIP() << "Xorg does not start here, and one screen is not enough";
    painter.show(0, 0, 640, 360, rgb(255, 0, 0));
    green = painter.show(640, 0, 640, 360, rgb(0, 255, 0));
  }
  // What was drawn before it has been told of by then: the next picture shows it.
  std::shared_ptr<const Picture> shot(Source& source) {
    EXPECT_TRUE(source.check());
    auto picture = source.capture(0);
    EXPECT_TRUE(picture) << picture.error().reason;
    return picture ? *picture : nullptr;
  }
  XServer server;
  Painter painter{server.display()};
  MonitorMemory memory;
  xcb_window_t green = 0;
};

TEST_F(X11Source, shows_the_second_monitor_and_nothing_of_the_first) {
  const auto settings = input(server);
  const auto source = open_x11_source(settings, canvas, memory).value();
  const auto picture = shot(*source);
  for (int y = 0; y < 360; y += 2)
    for (int x = 0; x < 640; x += 2)
      ASSERT_TRUE(near(pixel(*picture, x, y), yuv_of(0, 255, 0))) << x << "," << y;
}

TEST_F(X11Source, reports_the_monitors_and_the_way_of_capture) {
  const auto settings = input(server);
  const auto source = open_x11_source(settings, canvas, memory).value();
  const auto messages = source->take_messages();
  ASSERT_EQ(messages.size(), 2u);
  const auto& monitors = std::get<common::Monitors>(messages[0]).monitors;
  ASSERT_EQ(monitors.size(), 2u);
  EXPECT_FALSE(monitors[0].captured);
  EXPECT_TRUE(monitors[1].captured);
  EXPECT_NE(std::get<common::LogLine>(messages[1]).text.find("through shared memory"), std::string::npos);
}

TEST_F(X11Source, a_quiet_desktop_gives_the_same_picture_and_a_moving_window_another) {
  const auto settings = input(server);
  const auto source = open_x11_source(settings, canvas, memory).value();
  const auto first = shot(*source);
  for (int i = 0; i < 60; ++i) ASSERT_EQ(shot(*source), first);
  const auto window = painter.show(700, 100, 40, 40, rgb(0, 0, 255));
  const auto second = shot(*source);
  EXPECT_NE(second, first);
  painter.move(window, 740, 100);
  const auto third = shot(*source);
  EXPECT_NE(third, second);
  EXPECT_TRUE(near(pixel(*first, 80, 120), yuv_of(0, 255, 0)));
  EXPECT_TRUE(near(pixel(*second, 80, 120), yuv_of(0, 0, 255)));
  EXPECT_TRUE(near(pixel(*third, 80, 120), yuv_of(0, 255, 0)));
  EXPECT_TRUE(near(pixel(*third, 120, 120), yuv_of(0, 0, 255)));
  EXPECT_EQ(shot(*source), third);
}

TEST_F(X11Source, a_change_on_the_other_monitor_is_none) {
  const auto settings = input(server);
  const auto source = open_x11_source(settings, canvas, memory).value();
  const auto first = shot(*source);
  painter.show(100, 100, 40, 40, rgb(0, 0, 255));
  EXPECT_EQ(shot(*source), first);
}

TEST_F(X11Source, the_pointer_is_shown_moves_and_leaves_no_trace) {
  auto settings = input(server);
  settings.cursor = true;
  painter.set_pointer(green, rgb(0, 0, 255));
  painter.move_pointer(640 + 100, 100);
  const auto source = open_x11_source(settings, canvas, memory).value();
  const auto first = shot(*source);
  EXPECT_TRUE(near(pixel(*first, 100, 100), yuv_of(0, 0, 255)));
  EXPECT_TRUE(near(pixel(*first, 120, 100), yuv_of(0, 255, 0)));
  EXPECT_EQ(shot(*source), first);
  painter.move_pointer(640 + 200, 100);
  const auto second = shot(*source);
  EXPECT_TRUE(near(pixel(*second, 100, 100), yuv_of(0, 255, 0)));
  EXPECT_TRUE(near(pixel(*second, 200, 100), yuv_of(0, 0, 255)));
  painter.set_pointer(green, rgb(255, 0, 0));
  EXPECT_TRUE(near(pixel(*shot(*source), 200, 100), yuv_of(255, 0, 0)));
  painter.move_pointer(100, 100);
  EXPECT_TRUE(near(pixel(*shot(*source), 200, 100), yuv_of(0, 255, 0))) << "it went to the other monitor";
}

TEST_F(X11Source, without_cursor_the_pointer_is_not_there) {
  const auto settings = input(server);
  painter.set_pointer(green, rgb(0, 0, 255));
  painter.move_pointer(640 + 100, 100);
  const auto source = open_x11_source(settings, canvas, memory).value();
  EXPECT_TRUE(near(pixel(*shot(*source), 100, 100), yuv_of(0, 255, 0)));
}

TEST_F(X11Source, another_mode_is_scaled_to_the_same_canvas) {
  const auto settings = input(server);
  const auto source = open_x11_source(settings, canvas, memory).value();
  shot(*source);
  painter.show(640, 0, 800, 600, rgb(0, 0, 255));
  server.xrandr("--addmode DUMMY1 800x600");
  server.xrandr("--output DUMMY1 --mode 800x600 --pos 640x0");
  const auto larger = shot(*source);
  EXPECT_EQ(larger->width(), 640);
  EXPECT_TRUE(near(pixel(*larger, 10, 180), black)) << "4:3 stands between bars";
  EXPECT_TRUE(near(pixel(*larger, 320, 180), yuv_of(0, 0, 255)));
  server.xrandr("--output DUMMY1 --mode 640x360 --pos 640x0");
  EXPECT_TRUE(near(pixel(*shot(*source), 10, 180), yuv_of(0, 0, 255)));
}

TEST_F(X11Source, a_shrinking_screen_never_gives_an_error_of_its_own) {
  const auto settings = input(server, "DUMMY0");
  const auto source = open_x11_source(settings, canvas, memory).value();
  painter.show(0, 0, 1280, 800, rgb(255, 0, 0));
  for (const char* size : {"640x350", "1024x576", "640x360"}) {
    server.xrandr(std::string("--output DUMMY0 --mode ") + size + " --output DUMMY1 --off --fb " + size);
    EXPECT_TRUE(near(pixel(*shot(*source), 320, 180), yuv_of(255, 0, 0))) << size;
  }
}

TEST_F(X11Source, an_unplugged_monitor_is_an_error_and_never_another_screen) {
  const auto settings = input(server);
  const auto source = open_x11_source(settings, canvas, memory).value();
  shot(*source);
  server.xrandr("--output DUMMY1 --off");
  const auto gone = source->capture(1);
  ASSERT_FALSE(gone);
  EXPECT_TRUE(gone.error().reason.starts_with("monitor: DUMMY1 was captured")) << gone.error().reason;
  EXPECT_FALSE(open_x11_source(settings, canvas, memory))
      << "\"second\" must not become the one that is left";
  server.xrandr("--output DUMMY1 --mode 640x360 --pos 640x0");
  const auto again = open_x11_source(settings, canvas, memory);
  ASSERT_TRUE(again) << again.error().reason;
  EXPECT_TRUE(near(pixel(*shot(**again), 320, 180), yuv_of(0, 255, 0)));
}

TEST_F(X11Source, a_new_primary_does_not_change_the_monitor) {
  const auto settings = input(server);
  const auto source = open_x11_source(settings, canvas, memory).value();
  shot(*source);
  server.xrandr("--output DUMMY1 --primary");
  EXPECT_TRUE(near(pixel(*shot(*source), 320, 180), yuv_of(0, 255, 0)));
}

TEST_F(X11Source, a_region_of_odd_edges_is_captured_inside_the_screen) {
  auto settings = input(server);
  settings.region = common::Region{639, 1, 801, 601};
  const auto source = open_x11_source(settings, canvas, memory).value();
  const auto picture = shot(*source);
  EXPECT_TRUE(near(pixel(*picture, 320, 180), yuv_of(0, 255, 0)));
  settings.region = common::Region{5000, 0, 100, 100};
  const auto outside = open_x11_source(settings, canvas, memory);
  ASSERT_FALSE(outside);
  EXPECT_TRUE(outside.error().reason.starts_with("monitor: the region is outside the screen"))
      << outside.error().reason;
}

TEST_F(X11Source, a_killed_server_is_display_lost_at_the_next_grab) {
  for (const bool cursor : {false, true}) {
    auto settings = input(server);
    settings.cursor = cursor;
    const auto source = open_x11_source(settings, canvas, memory).value();
    shot(*source);
    server.kill();
    const auto lost = source->capture(1);
    ASSERT_FALSE(lost);
    EXPECT_TRUE(lost.error().reason.starts_with("display_lost: ")) << lost.error().reason;
    server.restart();
  }
}

TEST_F(X11Source, all_is_both_monitors) {
  const auto settings = input(server, "all");
  const auto source = open_x11_source(settings, {1280, 360}, memory).value();
  const auto picture = shot(*source);
  EXPECT_TRUE(near(pixel(*picture, 10, 10), yuv_of(255, 0, 0)));
  EXPECT_TRUE(near(pixel(*picture, 1270, 10), yuv_of(0, 255, 0)));
}

TEST_F(X11Source, x11grab_shows_the_same_monitor_and_sees_its_server_die) {
  auto settings = input(server);
  settings.capture = "x11grab";
  const auto source = open_x11grab_source(settings, canvas, memory).value();
  const auto first = shot(*source);
  EXPECT_TRUE(near(pixel(*first, 320, 180), yuv_of(0, 255, 0)));
  EXPECT_EQ(shot(*source), first);
  painter.recolour(green, rgb(0, 0, 255));
  EXPECT_TRUE(near(pixel(*shot(*source), 320, 180), yuv_of(0, 0, 255)));
  server.kill();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  auto lost = source->capture(1);
  while (lost && std::chrono::steady_clock::now() < until) lost = source->capture(1);
  ASSERT_FALSE(lost) << "x11grab gives its last picture for ever";
  EXPECT_TRUE(lost.error().reason.starts_with("display_lost: ")) << lost.error().reason;
}

TEST(X11SourceOddities, an_odd_screen_is_captured_even) {
  const XServer server("--monitors 1", 1367, 769);
  Painter painter(server.display());
  painter.show(0, 0, 1367, 769, rgb(0, 255, 0));
  common::InputSettings settings;
  settings.display = server.display();
  settings.cursor = false;
  for (const CanvasSize size : {CanvasSize{1366, 768}, CanvasSize{640, 360}}) {
    MonitorMemory memory;
    const auto source = open_x11_source(settings, size, memory).value();
    const auto picture = source->capture(0).value();
    EXPECT_EQ(picture->width(), size.width);
    const Yuv corner = pixel(*picture, size.width - 2, size.height - 2);
    EXPECT_TRUE(near(corner, yuv_of(0, 255, 0), 8))
        << size.width << corner << "; scaled, the last column has a fringe";
  }
}

}  // namespace
}  // namespace worker
