// Pause: the operator's wish to show the slate in place of the picture, kept apart from everything that
// workers do.
#include <gtest/gtest.h>

#include <csignal>

#include "stream.h"
#include "supervisor/supervise/saved.h"

namespace supervisor {
namespace {

TEST(Pause, a_stream_that_delivers_is_paused_and_goes_on_delivering) {
  Stream stream;
  stream.start().come_up().deliver(1s).on(OperatorPause{});
  EXPECT_EQ(stream.last(), "slate");
  EXPECT_EQ(stream.phase(), Phase::Healthy);
  EXPECT_EQ(stream.description().state, "paused");
  EXPECT_EQ(stream.description().state_seconds, 0);
  EXPECT_FALSE(stream.description().reason.empty());
  stream.deliver(10s);
  EXPECT_EQ(stream.description().state, "paused");
  EXPECT_EQ(stream.description().state_seconds, 10);
  EXPECT_EQ(stream.description().restart_count, 0u);
}

TEST(Pause, resume_brings_the_picture_back) {
  Stream stream;
  stream.start().come_up().deliver(1s).on(OperatorPause{}).deliver(1s).on(OperatorResume{});
  EXPECT_EQ(stream.last(), "picture");
  EXPECT_EQ(stream.description().state, "healthy");
  EXPECT_EQ(stream.description().state_seconds, 0);
}

TEST(Pause, the_same_order_again_changes_nothing) {
  Stream stream;
  stream.start().come_up().on(OperatorResume{});
  EXPECT_EQ(stream.last(), "");
  stream.on(OperatorPause{}).on(OperatorPause{});
  EXPECT_EQ(stream.last(), "");
  EXPECT_EQ(stream.count<SetPaused>(), 1);
}

TEST(Pause, whoever_follows_a_worker_is_paused_from_its_first_moment) {
  Stream stream;
  stream.start().come_up().on(OperatorPause{}).deliver(1s).killed_by(SIGKILL);
  EXPECT_NE(stream.last().find("spawn 2 paused"), std::string::npos) << stream.last();
  EXPECT_EQ(stream.description().state, "starting");
  EXPECT_TRUE(stream.description().paused);
  stream.come_up();
  EXPECT_EQ(stream.description().state, "paused");
}

TEST(Pause, a_standby_is_promoted_while_paused_and_the_next_one_is_paused_too) {
  Stream stream;
  stream.come_up_with_standby().on(OperatorPause{}).killed_by(SIGKILL);
  EXPECT_EQ(stream.last().find("picture"), std::string::npos);
  stream.part().await_standby();
  const std::string all = text_of(stream.all());
  EXPECT_NE(all.find("park 3 paused"), std::string::npos) << all;
}

TEST(Pause, stop_start_and_restart_do_not_end_it) {
  Stream stream;
  stream.start().come_up().on(OperatorPause{}).stop().exit_code(0);
  EXPECT_EQ(stream.description().state, "stopped");
  stream.pass(1s).start();
  EXPECT_EQ(stream.last(), "spawn 2 paused");
  stream.come_up().deliver(1s).on(OperatorRestart{});
  EXPECT_EQ(stream.last(), "park 3 paused");
  EXPECT_EQ(stream.count<SetPaused>(), 1);
}

TEST(Pause, it_can_be_ordered_before_there_is_a_worker) {
  Stream stream;
  stream.on(OperatorPause{});
  EXPECT_EQ(stream.phase(), Phase::Stopped);
  stream.start();
  EXPECT_EQ(stream.last(), "spawn 1 paused");
}

TEST(Pause, the_next_supervisor_goes_on_with_it) {
  Stream stream;
  stream.start().come_up().on(OperatorPause{});
  Stream next;
  next.state = restore(save(stream.state, stream.now), 5, next.now);
  next.on(Resume{});
  EXPECT_EQ(next.last(), "spawn 2 paused");
}

}  // namespace
}  // namespace supervisor
