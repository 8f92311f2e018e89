// What the media thread does not get to is not captured: the thread of an input with a source that counts.
#include <gtest/gtest.h>

#include <thread>

#include "worker/source/capture_thread.h"

namespace worker {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int fps = 100;

class Counting final : public Source {
 public:
  common::Result<std::shared_ptr<const Picture>> capture(common::Slot) override {
    return std::shared_ptr<const Picture>(Picture::make(16, 16));
  }
};

// An input and its thread; the media thread is the test.
class Input {
 public:
  Input() {
    plan_.open = [](auto&) { return common::Result<std::unique_ptr<Source>>(std::make_unique<Counting>()); };
    thread_ = std::thread([this] { run_capture(board_, feed_, plan_, grid_); });
  }
  ~Input() {
    {
      const std::lock_guard lock(board_->mutex);
      feed_->stop = true;
      board_->wake.notify_all();
    }
    thread_.join();
  }
  // As InputSet::on_air, for the slot that is running.
  void ask() {
    const std::lock_guard lock(board_->mutex);
    board_->asked = grid_.slot_at(steady_clock::now());
    if (std::exchange(board_->starving, false)) board_->wake.notify_all();
  }
  void set_every(int every) {
    const std::lock_guard lock(board_->mutex);
    board_->every = every;
  }
  std::uint64_t captured() {
    const std::lock_guard lock(board_->mutex);
    return feed_->captured;
  }
  // Captured while it was asked for every slot, or for none.
  std::uint64_t captured_in(std::chrono::milliseconds time, bool asked) {
    const auto before = captured();
    for (const auto end = steady_clock::now() + time; steady_clock::now() < end;
         std::this_thread::sleep_for(2ms))
      if (asked) ask();
    return captured() - before;
  }

 private:
  const std::shared_ptr<Board> board_ = std::make_shared<Board>();
  const std::shared_ptr<Feed> feed_ = std::make_shared<Feed>();
  const common::TimeGrid grid_ =
      common::make_time_grid(fps, 0.2, 2, 2, steady_clock::now().time_since_epoch().count());
  InputPlan plan_;
  std::thread thread_;
};

TEST(Pace, a_media_thread_that_is_busy_gets_one_picture_ahead_and_no_more) {
  Input input;
  EXPECT_GE(input.captured_in(400ms, true), 20u) << "one a slot, on a machine that may be busy";
  EXPECT_LE(input.captured_in(500ms, false), 2u);
  EXPECT_GE(input.captured_in(300ms, true), 10u) << "and again at once when it asks";
}

TEST(Pace, an_input_that_nobody_asks_still_shows_a_sign_of_life_every_second) {
  Input input;
  input.captured_in(100ms, true);
  const auto silent = input.captured_in(1500ms, false);
  EXPECT_GE(silent, 1u);
  EXPECT_LE(silent, 4u);
}

TEST(Pace, at_half_rate_every_second_slot_is_captured) {
  Input input;
  input.captured_in(100ms, true);
  input.set_every(2);
  EXPECT_LE(input.captured_in(1000ms, true), fps / 2 + 2u);
  input.set_every(1);
  EXPECT_GT(input.captured_in(1000ms, true), fps / 2 + 2u);
}

}  // namespace
}  // namespace worker
