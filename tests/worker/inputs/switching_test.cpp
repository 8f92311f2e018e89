// What the stream shows when the supervisor switches between senders: never the slate, and the right one.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <map>
#include <optional>

#include "sender.h"
#include "watcher.h"
#include "worker/source/capture_thread.h"
#include "worker/source/input_set.h"

namespace worker::test {
namespace {

using namespace std::chrono_literals;

constexpr int fps = 25;
constexpr int second_clip = 1000;  // number of its first picture

class Switching : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_clip(folder / "a.mp4", {.seconds = 1}));
    ASSERT_TRUE(make_clip(folder / "b.mp4",
                          {.width = 480, .height = 270, .fps = 10, .seconds = 1, .first = second_clip}));
    settings.inputs = {file_input(folder / "a.mp4"), file_input(folder / "b.mp4"), {}};
    settings.inputs[2].type = "slate";
    settings.video.width = canvas.width;
    settings.video.height = canvas.height;
    settings.grid = common::make_time_grid(fps, 0.2, 2, 2, steady_clock::now().time_since_epoch().count());
  }
  // 0 or 1: which clip is on air by its numbers; -1: the slate.
  int look() {
    slot = std::max(slot + 1, settings.grid.slot_at(steady_clock::now()));
    std::this_thread::sleep_until(settings.grid.time_of(slot));
    const OnAir on_air = inputs->on_air(slot, settings.grid.time_of(slot) + 15ms);
    for (const auto& message : inputs->take_messages())
      if (const auto* report = std::get_if<common::InputReport>(&message))
        reported[report->priority] = report->state;
    if (on_air.slate) return -1;
    const Picture& picture = *on_air.picture;
    const auto read = read_slot(picture.plane(0), picture.stride(0), picture.width(), picture.height());
    EXPECT_TRUE(read);
    number = static_cast<int>(read.value_or(0));
    const int shown = number >= second_clip ? 1 : 0;
    EXPECT_EQ(on_air.priority, shown);
    return shown;
  }
  // How long until clip `wanted` is on air; the slate never is.
  steady_clock::duration until(int wanted) {
    const auto begun = steady_clock::now();
    for (int shown = look(); shown != wanted && steady_clock::now() - begun < 5s; shown = look())
      EXPECT_NE(shown, -1);
    return steady_clock::now() - begun;
  }

  // Input 1 is a live sender of the second clip, open and hidden behind input 0.
  void let_a_sender_stand_by() {
    ASSERT_TRUE(make_clip(folder / "live.ts", {.seconds = 20, .first = second_clip}));
    const std::string address = "tcp://127.0.0.1:" + std::to_string(free_port(SOCK_STREAM));
    sender.emplace(send_once(folder / "live.ts", {"-f", "mpegts", address + "?listen=1"}));
    settings.inputs[1] = url_input(address);
    settings.open = {0, 1};
    inputs = open_inputs(settings);
    ASSERT_TRUE(wait_for_report(1, common::InputState::Giving));
    for (int i = 0; i < 30; ++i) look();
  }

  bool wait_for_report(int priority, common::InputState state) {
    const auto begun = steady_clock::now();
    while (reported[priority] != state && steady_clock::now() - begun < 8s) look();
    return reported[priority] == state;
  }

  Folder folder;
  common::WorkerSettings settings;
  std::unique_ptr<InputSet> inputs;
  common::Slot slot = 0;
  int number = 0;  // of the picture seen last
  std::map<int, common::InputState> reported;
  std::optional<Sender> sender;
};

TEST_F(Switching, to_an_open_input_takes_a_slot_and_to_a_closed_one_the_former_goes_on) {
  settings.open = {0, 1};
  inputs = open_inputs(settings);
  while (look() == -1) {
  }
  for (int i = 0; i < 8; ++i) look();
  EXPECT_TRUE(inputs->switch_to({0, 1, {0, 1}}));
  const auto open = until(1);
  EXPECT_LT(open, 150ms);
  EXPECT_TRUE(inputs->switch_to({0, 0, {}}));
  until(0);
  for (int i = 0; i < 5; ++i) look();
  EXPECT_TRUE(inputs->switch_to({0, 1, {}})) << "it was closed meanwhile";
  const auto closed = until(1);
  std::printf("open: %d ms, closed: %d ms\n", static_cast<int>(open / 1ms), static_cast<int>(closed / 1ms));
  EXPECT_LT(closed, 500ms);
}

TEST_F(Switching, after_an_error_within_the_moment_that_is_given_no_slate_is_seen) {
  settings.open = {0, 1};
  settings.inputs[0].loop = false;
  inputs = open_inputs(settings);
  while (look() == -1) {
  }
  const auto begun = steady_clock::now();
  for (bool failed = false; !failed && steady_clock::now() - begun < 5s;) {
    slot = std::max(slot + 1, settings.grid.slot_at(steady_clock::now()));
    std::this_thread::sleep_until(settings.grid.time_of(slot));
    EXPECT_FALSE(inputs->on_air(slot, settings.grid.time_of(slot) + 15ms).slate);
    for (const auto& message : inputs->take_messages()) {
      const auto* report = std::get_if<common::InputReport>(&message);
      failed = failed || (report != nullptr && report->state == common::InputState::Failed);
    }
  }
  std::this_thread::sleep_for(60ms);  // the supervisor thinks
  EXPECT_TRUE(inputs->switch_to({0, 1, {}}));
  EXPECT_LT(until(1), 150ms);
}

// A sender that stood by for a while: hidden inputs are looked at once a second, and only at their key
// pictures.
TEST_F(Switching, after_standing_by_no_old_picture_is_shown) {
  ASSERT_TRUE(make_clip(folder / "live.ts", {.seconds = 20, .first = second_clip, .key_seconds = 4}));
  const int port = free_port(SOCK_STREAM);
  const std::string address = "tcp://127.0.0.1:" + std::to_string(port);
  const Sender lasting(send_once(folder / "live.ts", {"-f", "mpegts", address + "?listen=1"}));
  settings.inputs[1] = url_input(address);
  settings.open = {0, 1};
  inputs = open_inputs(settings);
  ASSERT_TRUE(wait_for_report(1, common::InputState::Giving));
  EXPECT_TRUE(inputs->switch_to({0, 1, {0, 1}}));
  until(1);
  const int then = number;
  const auto at = steady_clock::now();
  EXPECT_TRUE(inputs->switch_to({0, 0, {0, 1}}));
  until(0);
  while (steady_clock::now() - at < 6800ms) look();  // 2.8 s after the key picture in between
  EXPECT_TRUE(inputs->switch_to({0, 1, {0, 1}}));
  const auto took = until(1);
  const double age_ms =
      std::chrono::duration<double, std::milli>(steady_clock::now() - at).count() - (number - then) * 40.0;
  std::printf("first picture after standing by: %d ms after the switch, %.0f ms old\n",
              static_cast<int>(took / 1ms), age_ms);
  EXPECT_LT(age_ms, 200);
  EXPECT_LT(took, 400ms);
  for (int i = 0, before = number; i < 10; ++i, before = number) {
    look();
    EXPECT_GE(number, before) << "an older picture after a newer one";
  }
}

TEST_F(Switching, one_that_died_while_it_stood_by_is_never_shown) {
  ASSERT_NO_FATAL_FAILURE(let_a_sender_stand_by());
  sender->kill();
  std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(inputs->switch_to({0, 1, {0, 1}}));
  for (int i = 0; i < 10; ++i) EXPECT_NE(look(), 1) << "the picture of a dead one";
  EXPECT_TRUE(inputs->switch_to({0, 0, {0, 1}}));
  EXPECT_TRUE(wait_for_report(1, common::InputState::Failed));
}

TEST_F(Switching, the_death_of_a_hidden_input_is_told_within_two_looks) {
  ASSERT_NO_FATAL_FAILURE(let_a_sender_stand_by());
  const auto died = steady_clock::now();
  sender->kill();
  ASSERT_TRUE(wait_for_report(1, common::InputState::Failed));
  const auto told = steady_clock::now() - died;
  std::printf("hidden: told after %d ms\n", static_cast<int>(told / 1ms));
  EXPECT_LT(told, 2 * hidden_look + 200ms);
}

TEST_F(Switching, an_edit_keeps_what_is_on_air) {
  settings.open = {0, 1};
  inputs = open_inputs(settings);
  while (look() == -1) {
  }
  const std::vector<common::InputSettings> list = {settings.inputs[1], settings.inputs[0],
                                                   settings.inputs[2]};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(inputs->edit({1, i, 3, list[static_cast<std::size_t>(i)]}));
  for (int i = 0; i < 10; ++i) {
    slot = std::max(slot + 1, settings.grid.slot_at(steady_clock::now()));
    std::this_thread::sleep_until(settings.grid.time_of(slot));
    const OnAir on_air = inputs->on_air(slot, settings.grid.time_of(slot) + 15ms);
    ASSERT_EQ(on_air.priority, 1) << "the same one, at its new place";
  }
  EXPECT_FALSE(inputs->switch_to({0, 0, {}})) << "of the former list";
  EXPECT_TRUE(inputs->switch_to({1, 0, {}}));
}

}  // namespace
}  // namespace worker::test
