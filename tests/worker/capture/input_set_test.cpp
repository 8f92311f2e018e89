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
  // The reports of one input: "opening", "giving", "failed display_lost", ...
  std::vector<std::string> statuses(int priority) const {
    std::vector<std::string> all;
    for (const auto& message : messages_) {
      const auto* report = std::get_if<common::InputReport>(&message);
      if (report == nullptr || report->priority != priority) continue;
      all.emplace_back(common::input_state_name(report->state));
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
  EXPECT_EQ(viewer.statuses(0).back(), "giving");
  EXPECT_EQ(viewer.statuses(1).back(), "giving") << "a slate always does";
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

TEST(Inputs, without_a_server_the_slate_says_why_until_the_supervisor_switches) {
  Viewer viewer(settings_with({x11(":4711"), of_type("pattern"), of_type("slate")}));
  viewer.until([&](const OnAir&) { return viewer.statuses(0).back() == "failed display_lost"; });
  const OnAir outage = viewer.next();
  EXPECT_TRUE(outage.slate);
  EXPECT_EQ(outage.priority, -1) << "no input of its own choice";
  EXPECT_EQ(viewer.statuses(1).back(), "closed") << "nobody said to open it";
  EXPECT_TRUE(viewer.inputs().switch_to({0, 1, {0}}));
  EXPECT_LT(viewer.until([](const OnAir& on_air) { return on_air.priority == 1; }), 500ms);
  EXPECT_EQ(viewer.statuses(1).back(), "giving");
}

int bright_pixels(const Picture& picture) {
  int count = 0;
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x)
      count += picture.plane(0)[picture.stride(0) * y + x] > 150 ? 1 : 0;
  return count;
}

TEST(Inputs, the_last_slate_says_why_also_when_the_supervisor_selected_it) {
  Viewer viewer(settings_with({x11(":4711"), of_type("slate", "Back soon")}));
  viewer.until([&](const OnAir&) { return viewer.statuses(0).back() == "failed display_lost"; });
  EXPECT_TRUE(viewer.inputs().switch_to({0, 1, {0}}));
  OnAir slate = viewer.next();
  viewer.until([&](const OnAir& on_air) { return (slate = on_air).priority == 1; });
  Viewer alone(settings_with({of_type("slate", "Back soon")}));
  EXPECT_GT(bright_pixels(*slate.picture), 2 * bright_pixels(*alone.next().picture))
      << "cause and time are on it";
}

TEST(Inputs, what_is_open_and_not_shown_is_asked_once_a_second_and_shown_at_once) {
  auto settings = settings_with({of_type("pattern"), of_type("pattern"), of_type("slate")});
  settings.open = {1};
  settings.selected = 2;
  Viewer viewer(settings);
  viewer.until([&](const OnAir&) { return viewer.statuses(1).back() == "giving"; });
  EXPECT_EQ(viewer.statuses(0).back(), "closed");
  EXPECT_EQ(viewer.next().priority, 2) << "a slate of the list, selected";
  const auto before = viewer.inputs().counters(steady_clock::now()).frames_captured;
  viewer.until([](const OnAir&) { return false; }, 2s);
  EXPECT_LE(viewer.inputs().counters(steady_clock::now()).frames_captured, before + 3);
  EXPECT_TRUE(viewer.inputs().switch_to({0, 1, {}}));
  EXPECT_EQ(viewer.next().priority, 1) << "in the next slot";
}

TEST(Inputs, the_former_one_goes_on_until_the_selected_one_gives_or_fails) {
  auto settings = settings_with({of_type("pattern"), x11(":4711"), of_type("slate")});
  Viewer viewer(settings);
  viewer.until([](const OnAir& on_air) { return on_air.priority == 0; });
  EXPECT_TRUE(viewer.inputs().switch_to({0, 1, {}}));
  const auto held = viewer.until([](const OnAir& on_air) { return on_air.priority == -1; });
  EXPECT_GT(held, 150ms) << "time to switch again";
  EXPECT_LT(held, 500ms);
  EXPECT_EQ(viewer.statuses(0).back(), "closed");
}

TEST(Inputs, orders_for_another_list_and_for_inputs_that_are_not_there_are_refused) {
  auto settings = settings_with({of_type("pattern"), of_type("slate")});
  settings.revision = 3;
  Viewer viewer(settings);
  EXPECT_FALSE(viewer.inputs().switch_to({2, 1, {}}));
  EXPECT_FALSE(viewer.inputs().switch_to({3, 2, {}}));
  EXPECT_TRUE(viewer.inputs().switch_to({3, 1, {}}));
  EXPECT_EQ(viewer.inputs().revision(), 3u);
}

TEST(Inputs, an_edited_list_is_in_force_with_its_last_line_and_keeps_the_sources_that_stay) {
  Viewer viewer(settings_with({of_type("pattern"), of_type("slate")}));
  viewer.until([](const OnAir& on_air) { return on_air.priority == 0; });
  const auto before = viewer.statuses(0).size();
  EXPECT_TRUE(viewer.inputs().edit({5, 0, 3, x11(":4711")}));
  EXPECT_FALSE(viewer.inputs().edit({5, 2, 3, of_type("slate")})) << "a line is missing";
  EXPECT_EQ(viewer.next().priority, 0);
  for (const auto& line :
       {common::EditInput{5, 0, 3, x11(":4711")}, common::EditInput{5, 1, 3, of_type("pattern")},
        common::EditInput{5, 2, 3, of_type("slate")}}) {
    EXPECT_EQ(viewer.inputs().revision(), 0u);
    EXPECT_TRUE(viewer.inputs().edit(line));
  }
  EXPECT_EQ(viewer.inputs().revision(), 5u);
  for (int i = 0; i < fps; ++i) ASSERT_EQ(viewer.next().priority, 1) << "it goes on at its new place";
  EXPECT_EQ(viewer.statuses(0).back(), "closed");
  EXPECT_EQ(viewer.statuses(1).back(), "giving");
  EXPECT_EQ(viewer.statuses(0).size(), before + 1);
}

TEST(Inputs, a_parked_worker_opens_an_exclusive_input_only_when_it_is_activated) {
  auto exclusive = of_type("pattern");
  exclusive.exclusive = true;
  const auto settings = settings_with({exclusive, of_type("slate")});
  Viewer viewer(settings);
  viewer.inputs().park(true);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(viewer.next().slate);
  EXPECT_EQ(viewer.statuses(0).back(), "closed");
  viewer.inputs().park(false);
  EXPECT_LT(viewer.until([](const OnAir& on_air) { return !on_air.slate; }), 300ms);
  viewer.inputs().park(true);
  viewer.next();
  EXPECT_EQ(viewer.statuses(0).back(), "closed") << "another worker may have it now";
  auto alone = settings;
  alone.standby = false;
  Viewer first(alone);
  EXPECT_LT(first.until([](const OnAir& on_air) { return !on_air.slate; }), 300ms);
}

TEST(Inputs, a_url_without_an_address_has_failed_and_is_not_fatal) {
  Viewer viewer(settings_with({of_type("url")}));
  viewer.until([&](const OnAir&) { return viewer.statuses(0).back() == "failed input"; });
  EXPECT_EQ(viewer.statuses(0).back(), "failed input");
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
  EXPECT_EQ(viewer.statuses(0).back(), "failed display_lost");
  server.restart();
  paint();
  EXPECT_LT(viewer.until(is_green), 1s);
  EXPECT_EQ(viewer.statuses(0).back(), "giving");
  EXPECT_LT(viewer.latest(), lateness_max);
}

TEST_F(InputsOfX, a_stopped_server_never_delays_an_answer) {
  Viewer viewer(settings_with({x11(server.display()), of_type("slate")}));
  viewer.until(is_green);
  viewer.forget_lateness();
  server.signal(SIGSTOP);
  const auto to_slate = viewer.until(is_slate);
  EXPECT_GT(to_slate, 800ms);
  EXPECT_LT(to_slate, 1600ms) << "a second, and the last picture for a moment";
  EXPECT_EQ(viewer.statuses(0).back(), "hung display_lost");
  for (int i = 0; i < fps; ++i) EXPECT_TRUE(viewer.next().slate);
  const std::uint64_t slate = viewer.next().picture_serial;
  server.signal(SIGCONT);
  EXPECT_LT(viewer.until(is_green), 300ms);
  EXPECT_LT(viewer.latest(), lateness_max);
  const OnAir after = viewer.next();
  EXPECT_NE(after.picture_serial, slate) << "slate and picture after it are other pictures";
  EXPECT_EQ(after.picture->changes_since(slate).bounds(),
            (Rectangle{0, 0, after.picture->width(), after.picture->height()}))
      << "of the slate nothing is known";
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
  EXPECT_EQ(viewer.statuses(0).back(), "failed monitor");
  for (int i = 0; i < fps; ++i) EXPECT_TRUE(viewer.next().slate) << "never another screen";
  server.xrandr("--output DUMMY1 --mode 640x360 --pos 640x0");
  EXPECT_LT(viewer.until(is_green), 1s);
}

TEST_F(InputsOfX, an_input_that_is_back_waits_until_it_is_selected) {
  auto settings = settings_with({x11(server.display()), of_type("pattern"), of_type("slate")});
  Viewer viewer(settings);
  viewer.until(is_green);
  server.kill();
  viewer.until([&](const OnAir&) { return viewer.statuses(0).back() == "failed display_lost"; });
  EXPECT_TRUE(viewer.inputs().switch_to({0, 1, {0}}));
  EXPECT_LT(viewer.until([](const OnAir& on_air) { return on_air.priority == 1; }), 200ms);
  server.restart();
  paint();
  EXPECT_LT(viewer.until([&](const OnAir&) { return viewer.statuses(0).back() == "giving"; }), 1s);
  EXPECT_EQ(viewer.next().priority, 1);
  EXPECT_TRUE(viewer.inputs().switch_to({0, 0, {}}));
  EXPECT_TRUE(is_green(viewer.next()));
}

TEST_F(InputsOfX, X09_the_slate_of_a_locked_screen_shows_nothing_of_it_and_that_of_a_lost_one_does) {
  const auto is_plain = [](const OnAir& on_air) {
    return on_air.slate && near(pixel(*on_air.picture, 0, 0), yuv_of(24, 30, 42));
  };
  auto input = x11(server.display());
  input.locked = "slate";
  Viewer viewer(settings_with({input, of_type("slate")}));
  viewer.until(is_green);
  painter->set_screen_saver(true);
  EXPECT_LT(viewer.until(is_slate), 1s);
  EXPECT_TRUE(is_plain(viewer.next()));
  EXPECT_TRUE(viewer.inputs().switch_to({0, 1, {0}}));
  viewer.until([](const OnAir& on_air) { return on_air.priority == 1; });
  for (int i = 0; i < fps; ++i) EXPECT_TRUE(is_plain(viewer.next())) << "whichever slate it is";
  EXPECT_TRUE(viewer.inputs().switch_to({0, 0, {}}));
  painter->set_screen_saver(false);
  EXPECT_LT(viewer.until(is_green), 1s);
  server.xrandr("--output DUMMY1 --off");
  EXPECT_LT(viewer.until(is_slate), 1s);
  EXPECT_FALSE(is_plain(viewer.next())) << "the last picture, dimmed";
}

}  // namespace
}  // namespace worker
