#include "supervisor/supervise/saved.h"

#include <gtest/gtest.h>

#include <csignal>
#include <limits>

#include "stream.h"

namespace supervisor {
namespace {

// What another supervisor process makes of it, at another time of the clock.
Stream successor(const Stream& stream) {
  Stream next(stream.machine.settings);
  next.now = common::MonoTime(7h);
  next.state = restore(save(stream.state, stream.now), 5, next.now);
  return next;
}

TEST(Saved, what_was_saved_is_what_is_saved_again) {
  Stream stream({.max_restarts = 1});
  stream.start().come_up().deliver(1s).exit_code(71).spawned().exit_code(1);
  const SavedSupervision saved = save(stream.state, stream.now);
  EXPECT_EQ(save(restore(saved, 5, stream.now), stream.now), saved);
  EXPECT_EQ(saved.exit_codes, (std::vector<std::string>{"71 encoder", "1"}));
  EXPECT_TRUE(saved.software_encoder);
}

TEST(Saved, a_running_stream_starts_at_once_and_its_numbers_go_on) {
  Stream stream;
  stream.start().come_up();
  Stream next = successor(stream);
  next.on(Resume{});
  EXPECT_EQ(next.last(), "spawn 2");
  EXPECT_EQ(next.description().restart_count, 0u);
}

TEST(Saved, a_hold_goes_on_for_what_was_left_of_it_and_restarting_the_supervisor_is_no_way_out) {
  Stream stream({.max_restarts = 0});
  stream.start().spawned().exit_code(1).pass(100s);
  const Milliseconds left = stream.until_deadline();
  for (const bool in_order : {false, true}) {
    Stream last = stream;
    if (in_order) last.on(ShutDown{}).pass(0ms);
    Stream next = successor(last);
    for (int i = 0; i < 20; ++i) {
      next.on(Resume{});
      next = successor(next);
    }
    EXPECT_EQ(next.count<Spawn>(), 0);
    EXPECT_EQ(next.phase(), Phase::Hold);
    EXPECT_EQ(next.until_deadline(), left);
    next.pass_deadline().spawned().exit_code(1);
    EXPECT_EQ(next.phase(), Phase::Hold) << "nothing was forgiven";
    EXPECT_EQ(next.state.history.holds, 2);
  }
}

TEST(Saved, a_crash_loop_keeps_its_delay_over_a_restart_of_the_supervisor) {
  Stream stream;
  stream.start();
  for (int i = 0; i < 5; ++i) {
    stream.come_up().exit_code(1);
    if (i < 4 && stream.phase() == Phase::Backoff) stream.pass_deadline();
  }
  Stream next = successor(stream);
  EXPECT_EQ(next.phase(), Phase::Backoff);
  EXPECT_EQ(next.until_deadline(), stream.until_deadline());
  next.pass_deadline().come_up().exit_code(1);
  EXPECT_EQ(next.state.history.delay, 4s);
}

TEST(Saved, a_stopped_stream_stays_stopped) {
  Stream stream;
  stream.start().come_up().stop().exit_code(0);
  Stream next = successor(stream);
  next.on(Resume{}).pass(24h);
  EXPECT_EQ(next.phase(), Phase::Stopped);
  EXPECT_EQ(next.count<Spawn>(), 0);
}

TEST(Saved, numbers_that_no_supervisor_wrote_are_put_right) {
  SavedSupervision wild;
  wild.waiting = "hold";
  wild.wait_left = std::chrono::milliseconds::max();
  wild.failures = -3;
  wild.delay = std::chrono::milliseconds::max();
  wild.score_milli = std::numeric_limits<std::int64_t>::min();
  wild.holds = 1'000'000;
  wild.software_encoder = true;
  wild.hardware_retry_left = std::chrono::milliseconds::max();
  wild.exit_codes.assign(1'000, "1");
  Stream next;
  next.state = restore(wild, 5, next.now);
  EXPECT_LE(next.until_deadline(), 1h);
  EXPECT_EQ(next.description().exit_codes.size(), State::exit_codes_max);
  next.on(Resume{}).pass_deadline().come_up().prove_stable();
}

}  // namespace
}  // namespace supervisor
