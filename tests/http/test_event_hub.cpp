#include <gtest/gtest.h>

#include "supervisor/http/event_hub.h"

namespace supervisor {
namespace {

TEST(EventRing, a_frame_has_id_event_and_data_on_one_line_each) {
  EventRing ring("i1", {});
  std::uint64_t position = ring.next();
  ring.push("state", "{\"a\":\n1}");
  std::string out;
  EXPECT_TRUE(ring.collect(position, out, 1000));
  EXPECT_EQ(out, "id: i1-1\nevent: state\ndata: {\"a\": 1}\n\n");
  EXPECT_EQ(position, ring.next());
}

TEST(EventRing, resumes_after_the_last_id_seen) {
  EventRing ring("i1", {});
  for (int i = 0; i < 5; ++i) ring.push("n", std::to_string(i));
  EXPECT_EQ(ring.position_after("i1-3"), 4u);
  EXPECT_EQ(ring.position_after(""), ring.next());
  EXPECT_EQ(ring.position_after("other-3"), ring.oldest()) << "another process: everything there is";
  for (const char* id : {"i1-", "i1-x", "i1-999", "garbage", "i1-99999999999999999999999", "i1--1"})
    EXPECT_GE(ring.position_after(id), ring.oldest()) << id;
}

TEST(EventRing, forgets_the_oldest_by_count_and_by_bytes) {
  EventRing by_count("i", {.events = 3, .bytes = 1 << 20});
  for (int i = 0; i < 10; ++i) by_count.push("n", "1");
  EXPECT_EQ(by_count.oldest(), 8u);
  EventRing by_bytes("i", {.events = 1000, .bytes = 1000});
  for (int i = 0; i < 10; ++i) by_bytes.push("n", std::string(400, 'x'));
  EXPECT_EQ(by_bytes.next() - by_bytes.oldest(), 2u);
}

TEST(EventRing, says_when_it_has_overtaken_a_reader) {
  EventRing ring("i", {.events = 2, .bytes = 1 << 20});
  std::uint64_t position = ring.next();
  for (int i = 0; i < 3; ++i) ring.push("n", "1");
  std::string out;
  EXPECT_FALSE(ring.collect(position, out, 1000));
  EXPECT_TRUE(out.empty());
}

TEST(EventRing, tells_who_comes_back_too_late_how_much_was_lost_and_goes_on) {
  EventRing ring("i", {.events = 2, .bytes = 1 << 20});
  for (int i = 0; i < 5; ++i) ring.push("n", "1");
  EXPECT_EQ(ring.gap_after("i-1"), "id: i-3\nevent: dropped\ndata: {\"code\":\"lost\",\"events\":2}\n\n");
  std::uint64_t position = ring.position_after("i-1");
  std::string out;
  EXPECT_TRUE(ring.collect(position, out, 1000)) << "it is not cut off again and again";
  EXPECT_EQ(out.find("id: i-4\n"), 0u);
  for (const char* id : {"i-3", "i-5", "", "garbage", "i-99", "i-x"}) EXPECT_EQ(ring.gap_after(id), "") << id;
}

TEST(EventRing, tells_who_knew_the_former_process_that_it_is_another_one) {
  EventRing ring("i2", {});
  EXPECT_EQ(ring.gap_after("i1-7"),
            "id: i2-0\nevent: dropped\ndata: {\"code\":\"restarted\",\"events\":null}\n\n");
  EXPECT_EQ(ring.position_after("i2-0"), 1u);
}

TEST(EventRing, hands_out_no_more_than_asked_but_always_a_frame) {
  EventRing ring("i", {});
  for (int i = 0; i < 3; ++i) ring.push("n", std::string(100, 'x'));
  std::uint64_t position = 1;
  std::string out;
  EXPECT_TRUE(ring.collect(position, out, 1));
  EXPECT_EQ(position, 2u);
}

TEST(EventHub, a_listener_may_leave_itself_or_another_while_woken) {
  EventHub hub("i");
  int woken = 0;
  EventHub::Listener first, second;
  first = hub.listen([&] {
    ++woken;
    hub.stop_listening(second);
    hub.stop_listening(first);
  });
  second = hub.listen([&] { woken += 100; });
  hub.listen([&] { ++woken; });
  hub.publish("x", "1");
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(hub.listeners(), 1u);
}

}  // namespace
}  // namespace supervisor
