#include <gtest/gtest.h>
#include <unistd.h>

#include "worker/report/heartbeat_clock.h"
#include "worker/report/message_sink.h"

using namespace worker;
using namespace std::chrono_literals;

namespace {

const common::MonoTime start{1h};

std::string read_some(int fd) {
  std::string text(1 << 20, '\0');
  const ssize_t got = ::read(fd, text.data(), text.size());
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

}  // namespace

TEST(HeartbeatClock, beats_four_times_a_second_and_a_late_beat_is_not_made_good) {
  HeartbeatClock clock;
  common::Heartbeat beat;
  EXPECT_TRUE(clock.due(start));
  clock.beat(beat, 0, start);
  EXPECT_FALSE(clock.due(start + 249ms));
  EXPECT_TRUE(clock.due(start + 250ms));
  clock.beat(beat, 0, start + 3s);
  EXPECT_FALSE(clock.due(start + 3249ms));
}

TEST(HeartbeatClock, rates_are_those_of_the_last_two_seconds) {
  HeartbeatClock clock;
  common::Heartbeat beat;
  for (int i = 0; i <= 40; ++i) {
    // 10 pictures a second for eight seconds, then 30.
    beat.frames_captured += i > 32 ? 15 : 5;
    clock.beat(beat, beat.frames_captured * 1000, start + i * 500ms);
  }
  EXPECT_NEAR(beat.fps, 30, 0.01);
  EXPECT_NEAR(beat.bitrate_kbps, 240, 0.1);
}

TEST(MessageSink, a_full_pipe_drops_heartbeats_and_keeps_the_rest_in_order) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  MessageSink sink(fds[1], {1, "n"});
  for (int i = 0; i < 2000; ++i) sink.send(common::Heartbeat{});
  EXPECT_GT(sink.dropped(), 0u);
  sink.log("info", "first");
  sink.log("info", "second");
  const std::string before = read_some(fds[0]);
  EXPECT_EQ(before.find("first"), std::string::npos);
  sink.drain(10ms);
  const std::string after = read_some(fds[0]);
  ASSERT_NE(after.find("first"), std::string::npos);
  EXPECT_LT(after.find("first"), after.find("second"));
  ::close(fds[0]);
  ::close(fds[1]);
}
