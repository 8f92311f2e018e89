// The inputs as the media thread sees them: an answer in time for every slot, whatever the X server does.
#include "worker/source/input_set.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "pixels.h"
#include "worker/source/pattern_source.h"
#include "x_server.h"

namespace worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::near;
using test::Painter;
using test::pixel;
using test::rgb;
using test::XServer;
using namespace std::chrono_literals;

constexpr int fps = 30;
// How late an answer may be on a busy machine: waking up, and painting a slate.
constexpr auto lateness_max = 60ms;

common::WorkerSettings settings_with(std::vector<common::InputSettings> inputs) {
  common::WorkerSettings settings;
  settings.inputs = std::move(inputs);
  settings.video.width = XServer::width;
  settings.video.height = XServer::height;
  settings.grid = common::make_time_grid(fps, 0.2, 2, 2, steady_clock::now().time_since_epoch().count());
  return settings;
}

common::InputSettings x11(const std::string& display) {
  common::InputSettings input;
  input.display = display;
  input.cursor = false;
  return input;
}

common::InputSettings of_type(const std::string& type, const std::string& text = "") {
  common::InputSettings input;
  input.type = type;
  input.text = text;
  return input;
}

// Lives as the media thread does: one question a slot.
class Viewer {
 public:
  explicit Viewer(const common::WorkerSettings& settings)
      : grid_(settings.grid), inputs_(open_inputs(settings)), slot_(grid_.slot_at(steady_clock::now())) {}

  OnAir next() {
    slot_ = std::max(slot_ + 1, grid_.slot_at(steady_clock::now()));
    std::this_thread::sleep_until(grid_.time_of(slot_));
    const auto deadline = grid_.time_of(slot_) + 25ms;
    const OnAir answer = inputs_->on_air(slot_, deadline);
    latest_ = std::max<steady_clock::duration>(latest_, steady_clock::now() - deadline);
    for (auto& message : inputs_->take_messages()) messages_.push_back(std::move(message));
    return answer;
  }
  // How long until `good`; at most `limit`.
  steady_clock::duration until(const std::function<bool(const OnAir&)>& good,
                               steady_clock::duration limit = 8s) {
    const auto start = steady_clock::now();
    while (steady_clock::now() - start < limit && !good(next())) {
    }
    return steady_clock::now() - start;
  }
  // The status reports of one input: "probing", "active", "degraded display_lost", ...
  std::vector<std::string> statuses(int priority) const {
    std::vector<std::string> all;
    for (const auto& message : messages_) {
      const auto* report = std::get_if<common::InputReport>(&message);
      if (report == nullptr || report->priority != priority) continue;
      all.push_back(report->status);
      if (!report->error.empty()) all.back().append(" ").append(report->error, 0, report->error.find(':'));
    }
    return all;
  }
  InputSet& inputs() { return *inputs_; }
  common::Slot slot() const { return slot_; }
  // The worst answer after its deadline.
  steady_clock::duration latest() const { return latest_; }
  void forget_lateness() { latest_ = {}; }

 private:
  common::TimeGrid grid_;
  std::unique_ptr<InputSet> inputs_;
  common::Slot slot_;
  steady_clock::duration latest_{};
  std::vector<common::Message> messages_;
};

bool is_green(const OnAir& on_air) {
  return !on_air.slate && near(pixel(*on_air.picture, 320, 180), yuv_of(0, 255, 0));
}
bool is_slate(const OnAir& on_air) {
  return on_air.slate;
}

TEST(Inputs, the_pattern_is_on_air_with_the_slot_that_was_asked_for) {
  Viewer viewer(settings_with({of_type("pattern"), of_type("slate")}));
  viewer.until([](const OnAir& on_air) { return !on_air.slate; });
  int exact = 0;
  std::uint64_t serial = 0;
  for (int i = 0; i < 30; ++i) {
    const OnAir on_air = viewer.next();
    ASSERT_FALSE(on_air.slate);
    const Picture& picture = *on_air.picture;
    const auto shown = read_slot(picture.plane(0), picture.stride(0), picture.width(), picture.height());
    ASSERT_TRUE(shown);
    exact += *shown == static_cast<std::uint32_t>(viewer.slot()) ? 1 : 0;
    EXPECT_GE(on_air.picture_serial, serial);
    serial = on_air.picture_serial;
  }
  EXPECT_GE(exact, 25) << "a busy machine may miss a few";
  EXPECT_EQ(viewer.statuses(0).back(), "active");
  EXPECT_EQ(viewer.statuses(1).back(), "idle");
}

TEST(Inputs, a_slate_alone_never_changes_and_is_always_well) {
  Viewer viewer(settings_with({of_type("slate", "Back soon")}));
  const OnAir first = viewer.next();
  for (int i = 0; i < 5; ++i) {
    const OnAir on_air = viewer.next();
    EXPECT_TRUE(on_air.slate);
    EXPECT_EQ(on_air.priority, 0);
    EXPECT_EQ(on_air.picture_serial, first.picture_serial);
  }
  EXPECT_EQ(viewer.inputs().counters(steady_clock::now()).last_sign_of_life_ms, 0);
}

TEST(Inputs, without_a_server_the_slate_says_why_and_the_next_input_takes_over) {
  Viewer viewer(settings_with({x11(":4711"), of_type("pattern"), of_type("slate")}));
  viewer.until([](const OnAir& on_air) { return on_air.priority == 1; });
  EXPECT_EQ(viewer.statuses(0).back(), "degraded display_lost");
  EXPECT_EQ(viewer.statuses(1).back(), "active");
}

TEST(Inputs, a_type_of_a_later_version_is_degraded_not_fatal) {
  Viewer viewer(settings_with({of_type("url")}));
  viewer.until([&](const OnAir&) { return viewer.statuses(0).back() == "degraded input"; });
  EXPECT_EQ(viewer.statuses(0).back(), "degraded input");
  EXPECT_TRUE(viewer.next().slate);
}

class InputsOfX : public testing::Test {
 protected:
  void SetUp() override {
    if (server.is_xvfb()) GTEST_SKIP() << "Xorg does not start here, and one screen is not enough";
    paint();
  }
  void paint() {
    painter = std::make_unique<Painter>(server.display());
    painter->show(0, 0, 640, 360, rgb(255, 0, 0));
    painter->show(640, 0, 640, 360, rgb(0, 255, 0));
  }
  XServer server;
  std::unique_ptr<Painter> painter;
};

TEST_F(InputsOfX, a_quiet_desktop_keeps_its_serial_for_two_seconds) {
  Viewer viewer(settings_with({x11(server.display()), of_type("slate")}));
  viewer.until(is_green);
  const OnAir first = viewer.next();
  for (int i = 0; i < 2 * fps; ++i) ASSERT_EQ(viewer.next().picture_serial, first.picture_serial);
  const auto counters = viewer.inputs().counters(steady_clock::now());
  EXPECT_GT(counters.frames_captured, 40u) << "quiet is not dead";
  EXPECT_LT(counters.last_sign_of_life_ms, 200);
  painter->show(700, 10, 20, 20, rgb(0, 0, 255));
  EXPECT_LT(viewer.until([&](const OnAir& now) { return now.picture_serial != first.picture_serial; }),
            200ms);
}

TEST_F(InputsOfX, a_killed_server_is_seen_at_once_and_a_new_one_within_a_second) {
  Viewer viewer(settings_with({x11(server.display()), of_type("slate")}));
  viewer.until(is_green);
  server.kill();
  EXPECT_LT(viewer.until(is_slate), 1s);
  EXPECT_EQ(viewer.statuses(0).back(), "degraded display_lost");
  server.restart();
  paint();
  EXPECT_LT(viewer.until(is_green), 1s);
  EXPECT_EQ(viewer.statuses(0).back(), "active");
  EXPECT_LT(viewer.latest(), lateness_max);
}

TEST_F(InputsOfX, a_stopped_server_never_delays_an_answer) {
  Viewer viewer(settings_with({x11(server.display()), of_type("slate")}));
  viewer.until(is_green);
  const std::uint64_t serial = viewer.next().picture_serial;
  viewer.forget_lateness();
  server.signal(SIGSTOP);
  const auto to_slate = viewer.until(is_slate);
  EXPECT_GT(to_slate, 800ms);
  EXPECT_LT(to_slate, 1400ms);
  EXPECT_EQ(viewer.statuses(0).back(), "degraded display_lost");
  for (int i = 0; i < fps; ++i) EXPECT_TRUE(viewer.next().slate);
  server.signal(SIGCONT);
  EXPECT_LT(viewer.until(is_green), 300ms);
  EXPECT_LT(viewer.latest(), lateness_max);
  EXPECT_GT(viewer.next().picture_serial, serial + 1) << "slate and picture after it are other pictures";
}

TEST_F(InputsOfX, a_server_that_is_stopped_does_not_hold_the_end) {
  auto viewer = std::make_unique<Viewer>(settings_with({x11(server.display()), of_type("slate")}));
  viewer->until(is_green);
  server.signal(SIGSTOP);
  viewer->until(is_slate);
  const auto start = steady_clock::now();
  viewer.reset();
  EXPECT_LT(steady_clock::now() - start, 600ms);
  server.signal(SIGCONT);
}

TEST_F(InputsOfX, unplugging_the_monitor_shows_the_slate_and_replugging_the_monitor_again) {
  Viewer viewer(settings_with({x11(server.display()), of_type("slate")}));
  viewer.until(is_green);
  server.xrandr("--output DUMMY1 --off");
  EXPECT_LT(viewer.until(is_slate), 1s);
  EXPECT_EQ(viewer.statuses(0).back(), "degraded monitor");
  for (int i = 0; i < fps; ++i) EXPECT_TRUE(viewer.next().slate) << "never another screen";
  server.xrandr("--output DUMMY1 --mode 640x360 --pos 640x0");
  EXPECT_LT(viewer.until(is_green), 1s);
}

TEST_F(InputsOfX, a_better_input_takes_over_when_it_is_back) {
  Viewer viewer(settings_with({x11(server.display()), of_type("pattern"), of_type("slate")}));
  viewer.until(is_green);
  server.kill();
  EXPECT_LT(viewer.until([](const OnAir& on_air) { return on_air.priority == 1; }), 1s);
  server.restart();
  paint();
  EXPECT_LT(viewer.until(is_green), 1s);
}

}  // namespace
}  // namespace worker
