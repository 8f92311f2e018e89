#include <gtest/gtest.h>
#include <unistd.h>

#include "worker/report/heartbeat_clock.h"
#include "worker/report/message_sink.h"
#include "worker/roles/top_off.h"

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

TEST(TopOff, a_coarse_picture_is_refined_until_it_is_good_but_only_so_often_and_not_at_once) {
  TopOff top_off(30);
  EXPECT_FALSE(top_off.wanted(0));
  constexpr int distance = 30 / TopOff::rounds_a_second;
  common::Slot slot = 100;
  top_off.encoded(slot, true, false, 40);
  EXPECT_FALSE(top_off.wanted(slot + distance - 1)) << "the bits of these slots are saved for it";
  int rounds = 0;
  while (top_off.wanted(slot + distance) && rounds < 10) {
    slot += distance;
    top_off.encoded(slot, false, false, 40);
    ++rounds;
  }
  EXPECT_EQ(rounds, TopOff::rounds_max);
  top_off.encoded(++slot, true, false, 40);
  EXPECT_TRUE(top_off.wanted(slot + distance));
  top_off.encoded(slot + distance, false, false, TopOff::good_quantizer);
  EXPECT_FALSE(top_off.wanted(slot + 2 * distance));
}

TEST(TopOff, a_coarse_key_frame_of_a_still_picture_is_refined_too) {
  TopOff top_off(30);
  top_off.encoded(100, true, false, 20);
  for (common::Slot slot = 160; slot < 1000; slot += 60) {
    top_off.encoded(slot, false, true, TopOff::good_quantizer + 1);
    EXPECT_TRUE(top_off.wanted(slot + 6)) << slot;
    top_off.encoded(slot + 6, false, false, 20);
    EXPECT_FALSE(top_off.wanted(slot + 12)) << slot;
  }
}

TEST(TopOff, a_new_encoder_is_wanted_once_for_a_stillness_that_lasts_and_stays_coarse) {
  TopOff top_off(30);
  top_off.encoded(100, true, false, 45);
  EXPECT_FALSE(top_off.renewal_wanted(129));
  EXPECT_TRUE(top_off.renewal_wanted(130));
  top_off.renewed();
  EXPECT_FALSE(top_off.renewal_wanted(200));
  top_off.encoded(201, true, false, 45);
  EXPECT_TRUE(top_off.renewal_wanted(231));
  top_off.encoded(231, false, true, 20);
  EXPECT_FALSE(top_off.renewal_wanted(300)) << "it is good as it is";
}
