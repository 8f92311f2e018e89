// Frozen is not quiet: a capture that shows nothing new although the display tells of changes.
#include "tests/worker/healing/desktop.h"

using namespace std::chrono_literals;

namespace tests {

class Frozen : public Desktop {
 protected:
  // The window takes turns of colours for `time`, or until `done`.
  bool play(std::chrono::milliseconds time, const std::function<bool()>& done, std::uint32_t second) {
    const auto limit = steady_clock::now() + time;
    for (int i = 0; steady_clock::now() < limit; ++i) {
      painter->recolour(window, i % 2 == 0 ? rgb(0, 0, 255) : second);
      if (worker->read_until(done, 100ms)) return true;
    }
    return done();
  }
  bool last_status_is(const std::string& status) { return worker->statuses(0).back() == status; }
};

TEST_F(Frozen, a_frozen_capture_is_found_by_damage_and_heals_without_the_slate) {
  activate();
  worker->command(common::Drill{"freeze"});
  const auto started = steady_clock::now();
  ASSERT_TRUE(play(
      8s, [&] { return count_status("giving frozen") > 0; }, rgb(255, 0, 0)));
  const auto found = steady_clock::now() - started;
  std::printf("frozen found after %d ms\n", static_cast<int>(found / 1ms));
  EXPECT_GT(found, 2900ms);
  EXPECT_LT(found, 4500ms);
  EXPECT_TRUE(play(
      2s, [&] { return last_status_is("giving"); }, rgb(255, 0, 0)));
  EXPECT_FALSE(play(
      4s, [&] { return count_status("giving frozen") > 1; }, rgb(255, 0, 0)))
      << "the new opening is not frozen";
  EXPECT_TRUE(never_on_slate());
}

TEST_F(Frozen, the_same_pixels_painted_again_and_again_are_a_quiet_desktop) {
  activate();
  painter->recolour(window, rgb(0, 0, 255));
  live(300ms);
  const auto damage = worker->last_beat().damage_events;
  EXPECT_FALSE(play(
      8s, [&] { return count_status("giving frozen") > 0; }, rgb(0, 0, 255)));
  EXPECT_GT(worker->last_beat().damage_events, damage + 30) << "the display did tell";
  EXPECT_EQ(worker->statuses(0).back(), "giving");
}

TEST_F(Frozen, X12_an_idle_desktop_stays_active_and_damage_elsewhere_is_none) {
  activate();
  live(300ms);
  const auto other = painter->show(0, 0, 100, 100, rgb(1, 2, 3));
  const auto damage = worker->last_beat().damage_events;
  for (int i = 0; i < 50; ++i) {
    painter->recolour(other, i % 2 == 0 ? rgb(255, 0, 0) : rgb(0, 0, 255));
    live(100ms);
  }
  EXPECT_EQ(worker->last_beat().damage_events, damage) << "of the other monitor";
  EXPECT_EQ(worker->statuses(0).back(), "giving");
  EXPECT_LT(worker->last_beat().last_frame_age_ms, 500) << "quiet is not dead";
}

}  // namespace tests
