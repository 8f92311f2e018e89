// A worker that is paused: nothing captured is in what it sends, and nothing is captured.
#include <algorithm>

#include "tests/worker/healing/desktop.h"

using namespace std::chrono_literals;

namespace tests {

class PausedWorker : public Desktop {
 protected:
  // As the supervisor does: the order, and where to open anew.
  void pause() {
    worker->command(common::Pause{true});
    worker->command(common::Activate{settings.grid.pts(settings.grid.slot_at(steady_clock::now()))});
  }
  bool last_is_slate() const { return !worker->parts().empty() && worker->parts().back().header.slate; }
};

TEST_F(PausedWorker, opens_with_the_slate_and_captures_nothing) {
  activate();
  EXPECT_FALSE(last_is_slate());
  const auto before = worker->parts().size();
  const auto ordered = steady_clock::now();
  pause();
  ASSERT_TRUE(worker->read_until([&] { return last_is_slate(); }, 2s));
  std::printf("first part of the slate after %d ms\n",
              static_cast<int>((steady_clock::now() - ordered) / 1ms));
  const auto parts = worker->parts();
  const auto first = std::find_if(parts.begin() + static_cast<std::ptrdiff_t>(before), parts.end(),
                                  [](const auto& part) { return part.header.slate; });
  EXPECT_TRUE(first->header.independent) << "nothing refers to what was captured";
  const auto captured = worker->last_beat().frames_captured;
  live(1500ms);
  EXPECT_TRUE(last_is_slate());
  EXPECT_EQ(worker->last_beat().input, -1);
  EXPECT_LE(worker->last_beat().frames_captured, captured + 8) << "nothing is captured";
}

TEST_F(PausedWorker, shows_the_picture_again_and_none_that_is_older) {
  activate();
  pause();
  ASSERT_TRUE(worker->read_until([&] { return last_is_slate(); }, 2s));
  live(500ms);
  worker->command(common::Pause{false});
  ASSERT_TRUE(worker->read_until([&] { return !last_is_slate(); }, 2s));
  live(600ms);
  EXPECT_EQ(worker->last_beat().input, 0);
  EXPECT_EQ(worker->statuses(0).back(), "giving");
}

TEST_F(PausedWorker, begins_with_the_slate_when_it_is_started_so) {
  settings.paused = true;
  worker = std::make_unique<WorkerProcess>(common::format_worker_settings(settings));
  ASSERT_TRUE(worker->wait_for_ready());
  activate();
  const auto parts = worker->parts();
  EXPECT_TRUE(std::all_of(parts.begin(), parts.end(), [](const auto& part) { return part.header.slate; }));
}

}  // namespace tests
