// Monitors that come, go and change while one is captured (faults X05, X06, X07, X09), on a real X server:
// the picture is that of the one physical monitor, or there is none.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "pixels.h"
#include "worker/source/av_source.h"
#include "worker/source/x11_source.h"
#include "x_server.h"

namespace worker {
namespace {

using std::chrono::steady_clock;
using test::edid_of_model;
using test::near;
using test::Painter;
using test::pixel;
using test::rgb;
using test::XServer;
using namespace std::chrono_literals;

constexpr CanvasSize canvas{XServer::width, XServer::height};
const Yuv red = yuv_of(255, 0, 0);
const Yuv green = yuv_of(0, 255, 0);
const Yuv blue = yuv_of(0, 0, 255);

// Red on DUMMY0 (primary, left), green on DUMMY1.
class MonitorLife : public testing::Test {
 protected:
  void SetUp() override {
    if (server.is_xvfb()) GTEST_SKIP() << "Xorg does not start here, and one screen is not enough";
    red_window = painter.show(0, 0, 640, 360, rgb(255, 0, 0));
    green_window = painter.show(640, 0, 640, 360, rgb(0, 255, 0));
    settings.display = server.display();
    settings.cursor = false;
  }
  common::Result<void> open() {
    source.reset();
    auto opened = settings.capture == "x11grab" ? open_x11grab_source(settings, canvas, memory)
                                                : open_x11_source(settings, canvas, memory);
    if (!opened) return opened.error();
    source = std::move(*opened);
    return {};
  }
  Yuv shown(int x = 320, int y = 180) {
    const auto picture = source->capture(0);
    EXPECT_TRUE(picture) << picture.error().reason;
    return picture ? pixel(**picture, x, y) : Yuv{};
  }
  std::string refused() {
    const auto picture = source->capture(0);
    return picture ? "" : picture.error().reason;
  }
  std::string refused_to_open() {
    const auto opened = open();
    return opened ? "" : opened.error().reason;
  }
  void replug(const std::string& output = "DUMMY1") {
    server.xrandr("--output " + output + " --mode 640x360 --pos 640x0");
  }
  // The monitors last reported, the captured ones with a star.
  std::string reported() {
    std::string text;
    for (const auto& message : source ? source->take_messages() : std::exchange(memory.messages, {}))
      if (const auto* monitors = std::get_if<common::Monitors>(&message)) {
        text = "-";
        for (const auto& monitor : monitors->monitors)
          text += " " + monitor.name + (monitor.captured ? "*" : "");
      }
    return text;
  }

  XServer server;
  Painter painter{server.display()};
  xcb_window_t red_window = 0;
  xcb_window_t green_window = 0;
  common::InputSettings settings;
  MonitorMemory memory;
  std::unique_ptr<Source> source;
};

class EitherCapture : public MonitorLife, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    MonitorLife::SetUp();
    settings.capture = GetParam();
  }
};

INSTANTIATE_TEST_SUITE_P(Captures, EitherCapture, testing::Values("xcb", "x11grab"));

TEST_F(MonitorLife, X06_each_way_to_name_a_monitor_stays_with_it_through_unplug_and_replug) {
  painter.set_edid("DUMMY1", edid_of_model(7));
  for (const char* asked : {"second", "DUMMY1", "1", "del 7"}) {
    settings.monitor = asked;
    memory = {};
    ASSERT_TRUE(open()) << asked;
    EXPECT_TRUE(near(shown(), green)) << asked;
    server.xrandr("--output DUMMY1 --off");
    EXPECT_TRUE(refused().starts_with("monitor: DUMMY1 (DEL 7) was captured")) << asked << ": " << refused();
    EXPECT_TRUE(refused_to_open().starts_with("monitor: DUMMY1 (DEL 7) was captured")) << asked;
    replug();
    ASSERT_TRUE(open()) << asked;
    EXPECT_TRUE(near(shown(), green)) << asked;
  }
}

TEST_F(MonitorLife, X06_it_comes_back_on_another_connector_by_its_edid) {
  painter.set_edid("DUMMY0", edid_of_model(1));
  painter.set_edid("DUMMY1", edid_of_model(2));
  ASSERT_TRUE(open());
  server.xrandr("--output DUMMY1 --off");
  EXPECT_FALSE(open());
  painter.set_edid("DUMMY1", {});
  painter.set_edid("DUMMY2", edid_of_model(2));
  server.xrandr("--addmode DUMMY2 640x360");
  replug("DUMMY2");
  ASSERT_TRUE(open());
  EXPECT_TRUE(near(shown(), green));
  EXPECT_EQ(memory.chosen->name, "DUMMY2");
}

TEST_F(MonitorLife, X06_another_monitor_on_its_connector_is_not_shown) {
  painter.set_edid("DUMMY1", edid_of_model(2));
  ASSERT_TRUE(open());
  server.xrandr("--output DUMMY1 --off");
  EXPECT_NE(refused(), "");
  painter.set_edid("DUMMY1", edid_of_model(3));
  replug();
  EXPECT_TRUE(refused_to_open().starts_with("monitor: DUMMY1 (DEL 2) was captured"));
}

TEST_F(MonitorLife, X06_a_twin_is_never_taken_for_the_one_that_was_unplugged) {
  for (const char* output : {"DUMMY0", "DUMMY1"}) painter.set_edid(output, edid_of_model(4));
  ASSERT_TRUE(open());
  EXPECT_EQ(memory.chosen->edid, "DEL 4 @DUMMY1");
  server.xrandr("--output DUMMY1 --off");
  EXPECT_TRUE(refused().starts_with("monitor: DUMMY1 (DEL 4 @DUMMY1) was captured"));
  EXPECT_FALSE(open());
  // As the next worker, with what the supervisor kept.
  settings.chosen_monitor = memory.chosen;
  memory = {};
  EXPECT_FALSE(open()) << "the other one is left, and is not it";
  replug();
  server.xrandr("--output DUMMY0 --off --output DUMMY1 --pos 0x0");
  painter.move(green_window, 0, 0);
  painter.hide(red_window);
  ASSERT_TRUE(open());
  EXPECT_TRUE(near(shown(), green));
  EXPECT_EQ(memory.chosen->edid, "DEL 4 @DUMMY1") << "still a twin, although it is alone now";
}

TEST_P(EitherCapture, X06_a_new_worker_waits_for_the_monitor_of_the_one_before) {
  server.xrandr("--output DUMMY1 --off");
  settings.chosen_monitor = common::ChosenMonitor{"DUMMY1", ""};
  EXPECT_EQ(
      refused_to_open(),
      "monitor: DUMMY1 was captured and is not connected any more; there is: DUMMY0 640x360+0+0 primary");
  EXPECT_EQ(reported(), "- DUMMY0");
  replug();
  ASSERT_TRUE(open());
  EXPECT_TRUE(near(shown(), green));
  EXPECT_EQ(reported(), "- DUMMY0 DUMMY1*");
}

TEST_F(MonitorLife, X06_what_a_former_worker_chose_counts_for_no_region_and_not_for_all) {
  settings.chosen_monitor = common::ChosenMonitor{"DUMMY9", ""};
  settings.monitor = "all";
  ASSERT_TRUE(open());
  EXPECT_EQ(reported(), "- DUMMY0* DUMMY1*");
  settings.region = common::Region{0, 0, 640, 360};
  ASSERT_TRUE(open());
  EXPECT_TRUE(near(shown(), red));
  EXPECT_EQ(reported(), "- DUMMY0* DUMMY1");
}

TEST_F(MonitorLife, X05_a_smaller_and_a_larger_mode_are_scaled_to_the_same_canvas) {
  ASSERT_TRUE(open());
  shown();
  for (const char* mode : {"640x480", "1280x720", "960x540", "640x360"}) {
    server.xrandr(std::string("--addmode DUMMY1 ") + mode);
    server.xrandr(std::string("--output DUMMY1 --mode ") + mode);
    painter.hide(green_window);
    green_window = painter.show(640, 0, 1280, 720, rgb(0, 255, 0));
    const auto picture = source->capture(0).value();
    EXPECT_EQ(picture->width(), canvas.width);
    EXPECT_TRUE(near(pixel(*picture, 320, 180), green)) << mode;
    EXPECT_TRUE(near(pixel(*picture, 320, 2), green)) << mode;
    EXPECT_TRUE(near(pixel(*picture, 320, 356), green)) << mode;
  }
}

TEST_P(EitherCapture, X05_a_monitor_turned_to_portrait_gets_bars) {
  // The dummy driver cannot turn; what clients see of a turn is a mode of swapped sides.
  server.xrandr("--newmode 360x640 23.76 360 408 440 520 640 643 648 680");
  server.xrandr("--addmode DUMMY1 360x640");
  ASSERT_TRUE(open());
  shown();
  server.xrandr("--output DUMMY1 --mode 360x640");
  painter.show(640, 0, 360, 640, rgb(0, 0, 255));
  const auto picture = source->capture(0).value();
  EXPECT_TRUE(near(pixel(*picture, 320, 180), blue));
  EXPECT_TRUE(near(pixel(*picture, 100, 180), black));
  EXPECT_TRUE(near(pixel(*picture, 540, 180), black));
}

TEST_F(MonitorLife, X07_order_and_primary_change_and_the_physical_monitor_stays) {
  ASSERT_TRUE(open());
  EXPECT_TRUE(near(shown(), green));
  server.xrandr("--output DUMMY1 --primary");
  EXPECT_TRUE(near(shown(), green));
  EXPECT_EQ(reported(), "- DUMMY0 DUMMY1*");
  // Now DUMMY1 is the left one.
  server.xrandr("--output DUMMY1 --pos 0x0 --output DUMMY0 --pos 640x0");
  EXPECT_TRUE(near(shown(), red)) << "what is painted there; the monitor is the same";
  painter.recolour(red_window, rgb(0, 0, 255));
  EXPECT_TRUE(near(shown(), blue));
  EXPECT_EQ(reported(), "- DUMMY1* DUMMY0");
}

// However the grabs fall: what is given while the monitor comes and goes is its picture or none.
TEST_P(EitherCapture, X07_no_grab_made_across_a_change_is_used) {
  settings.monitor = "DUMMY1";
  ASSERT_TRUE(open());
  shown();
  std::atomic<bool> done{false};
  std::thread changer([&] {
    for (int i = 0; i < 10; ++i) {
      server.xrandr("--output DUMMY1 --off");
      std::this_thread::sleep_for(20ms);
      server.xrandr("--output DUMMY1 --mode 640x360 --pos 640x0");
      std::this_thread::sleep_for(20ms);
    }
    done = true;
  });
  int pictures = 0;
  int refusals = 0;
  while (!done) {
    auto picture = source->capture(0);
    while (!picture && !done) {
      ++refusals;
      EXPECT_TRUE(picture.error().reason.starts_with("monitor: ")) << picture.error().reason;
      source.reset();
      if (!open()) continue;
      picture = source->capture(0);
    }
    if (!picture) break;
    ++pictures;
    EXPECT_TRUE(near(pixel(**picture, 320, 180), green)) << pixel(**picture, 320, 180);
  }
  changer.join();
  EXPECT_GT(pictures, 5);
  EXPECT_GT(refusals, 5);
}

TEST_F(MonitorLife, a_server_that_is_gone_has_no_monitors) {
  ASSERT_TRUE(open());
  EXPECT_EQ(reported(), "- DUMMY0 DUMMY1*");
  server.kill();
  EXPECT_TRUE(refused_to_open().starts_with("display_lost: "));
  EXPECT_EQ(reported(), "-");
  EXPECT_FALSE(open());
  EXPECT_EQ(reported(), "") << "told once";
  server.restart();
  ASSERT_TRUE(open());
  EXPECT_EQ(reported(), "- DUMMY0 DUMMY1*");
}

TEST_F(MonitorLife, X09_a_locked_screen_is_shown_unless_told_otherwise) {
  ASSERT_TRUE(open());
  shown();
  painter.set_screen_saver(true);
  shown();
  EXPECT_TRUE(source->signs().display_locked);
  painter.set_screen_saver(false);
  EXPECT_TRUE(near(shown(), green));
  EXPECT_FALSE(source->signs().display_locked);
}

TEST_F(MonitorLife, X09_slate_gives_no_picture_of_a_locked_screen) {
  settings.locked = "slate";
  ASSERT_TRUE(open());
  EXPECT_TRUE(near(shown(), green));
  painter.set_screen_saver(true);
  EXPECT_TRUE(refused().starts_with("locked: the screen of ")) << refused();
  EXPECT_TRUE(refused_to_open().starts_with("locked: the screen of "));
  EXPECT_EQ(reported(), "- DUMMY0 DUMMY1*");
  painter.set_screen_saver(false);
  ASSERT_TRUE(open());
  EXPECT_TRUE(near(shown(), green));
}

TEST_P(EitherCapture, X09_slate_uses_no_grab_of_a_screen_that_is_locked_meanwhile) {
  settings.locked = "slate";
  // As a locker does: something is painted over everything, just after the screen saver is on.
  std::atomic<bool> done{false};
  std::thread locker([&] {
    Painter other(server.display());
    for (int i = 0; i < 25; ++i) {
      other.set_screen_saver(true);
      const auto cover = other.show(640, 0, 640, 360, rgb(0, 0, 255));
      std::this_thread::sleep_for(5ms);
      other.hide(cover);
      other.finish();
      other.set_screen_saver(false);
      std::this_thread::sleep_for(15ms);
    }
    done = true;
  });
  int pictures = 0;
  while (!done) {
    if (!source && !open()) continue;
    const auto picture = source->capture(0);
    if (!picture) {
      EXPECT_TRUE(picture.error().reason.starts_with("locked: ")) << picture.error().reason;
      source.reset();
      continue;
    }
    ++pictures;
    EXPECT_TRUE(near(pixel(**picture, 320, 180), green)) << pixel(**picture, 320, 180);
  }
  locker.join();
  EXPECT_GT(pictures, 10);
}

TEST_F(MonitorLife, X09_wake_ends_the_screen_saver) {
  settings.locked = "wake";
  ASSERT_TRUE(open());
  shown();
  painter.set_screen_saver(true);
  const auto until = steady_clock::now() + 3s;
  do {
    source->capture(0).value();
  } while (source->signs().display_locked && steady_clock::now() < until);
  EXPECT_FALSE(source->signs().display_locked);
  EXPECT_TRUE(near(shown(), green));
}

}  // namespace
}  // namespace worker
