#include "worker/receive/packet_queue.h"

#include <gtest/gtest.h>

namespace worker {
namespace {

using namespace std::chrono_literals;

QueuedPacket packet(std::chrono::nanoseconds time, bool key = false, int bytes = 10) {
  QueuedPacket queued{PacketPtr(av_packet_alloc()), time, {}, key};
  av_new_packet(queued.packet.get(), bytes);
  return queued;
}

TEST(PacketQueue, begins_with_a_key_packet) {
  PacketQueue queue;
  queue.push(packet(0s));
  EXPECT_TRUE(queue.is_empty());
  queue.push(packet(1s, true));
  queue.push(packet(2s));
  EXPECT_EQ(queue.pop()->time, 1s);
  EXPECT_EQ(queue.pop()->time, 2s);
  EXPECT_FALSE(queue.pop());
  queue.push(packet(3s));
  EXPECT_FALSE(queue.is_empty()) << "the decoder has what it refers to";
}

TEST(PacketQueue, keeps_what_is_needed_to_begin_at_a_time) {
  PacketQueue queue;
  for (int i = 0; i < 10; ++i) queue.push(packet(std::chrono::seconds(i), i % 4 == 0));
  EXPECT_FALSE(queue.begin_at(3s)) << "the key packet of 0 s is the last before it";
  EXPECT_TRUE(queue.begin_at(7s));
  EXPECT_EQ(queue.front()->time, 4s);
  EXPECT_TRUE(queue.begin_at(8s));
  EXPECT_EQ(queue.front()->time, 8s);
  EXPECT_EQ(queue.newest(), 9s);
}

TEST(PacketQueue, is_full_at_its_limits) {
  PacketQueue queue;
  constexpr int large = 1 << 20;
  queue.push(packet(0s, true, large));
  for (std::size_t i = 1; i < PacketQueue::bytes_max / large; ++i) {
    EXPECT_FALSE(queue.is_full());
    queue.push(packet(0s, false, large));
  }
  EXPECT_TRUE(queue.is_full());
  queue.pop();
  EXPECT_FALSE(queue.is_full());
  queue.clear();
  queue.push(packet(0s));
  EXPECT_TRUE(queue.is_empty()) << "after a gap it needs a key packet";
  PacketQueue many;
  many.push(packet(0s, true, 0));
  for (std::size_t i = 1; i < PacketQueue::packets_max; ++i) many.push(packet(0s, false, 0));
  EXPECT_TRUE(many.is_full());
}

}  // namespace
}  // namespace worker
