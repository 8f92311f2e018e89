#include "supervisor/alerts/alert_queue.h"

#include <gmock/gmock.h>

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;
using testing::HasSubstr;
using testing::SizeIs;
using Kind = Delivery::Kind;

const WallTime wall = *parse_rfc3339("2026-11-21T12:00:00Z");
constexpr MonoTime start{std::chrono::hours(100)};

AlertNotice notice(int number, WallTime at = wall) {
  AlertNotice made;
  made.id = std::to_string(number);
  made.kind = AlertNotice::Kind::Opened;
  made.at = at;
  made.alert.stream = "s" + made.id;
  made.alert.title = "wrong";
  return made;
}

TEST(AlertQueue, gives_the_oldest_first_and_one_at_a_time) {
  AlertQueue queue(10s);
  EXPECT_EQ(queue.next(), std::nullopt);
  queue.push(notice(1));
  queue.push(notice(2));
  EXPECT_EQ(queue.due(start, wall)->id, "1");
  EXPECT_EQ(queue.due(start, wall), std::nullopt) << "one is under way";
  EXPECT_EQ(queue.settle({Kind::Done, {}}, start).delivered, 1);
  EXPECT_EQ(queue.due(start, wall)->id, "2");
}

// The times of the attempts of a sink that fails in one way for long.
std::vector<int> waits(Kind kind, int count) {
  AlertQueue queue(10s);
  queue.push(notice(1));
  std::vector<int> seconds;
  MonoTime at = start;
  for (int i = 0; i < count; ++i) {
    EXPECT_TRUE(queue.due(at, wall));
    queue.settle({kind, "no"}, at);
    EXPECT_EQ(queue.due(*queue.next() - 1ms, wall), std::nullopt);
    seconds.push_back(static_cast<int>((*queue.next() - at) / 1s));
    at = *queue.next();
  }
  return seconds;
}

TEST(AlertQueue, tries_again_after_10_s_doubled_up_to_50_s_or_10_minutes) {
  EXPECT_THAT(waits(Kind::Unreachable, 5), testing::ElementsAre(10, 20, 40, 50, 50));
  EXPECT_THAT(waits(Kind::Refused, 8), testing::ElementsAre(10, 20, 40, 80, 160, 320, 600, 600));
}

TEST(AlertQueue, waits_as_long_as_the_receiver_asked_within_an_hour) {
  AlertQueue queue(10s);
  queue.push(notice(1));
  queue.due(start, wall);
  queue.settle({Kind::Refused, "429", 120s}, start);
  EXPECT_EQ(*queue.next(), start + 120s);
  queue.due(start + 120s, wall);
  queue.settle({Kind::Refused, "429", 24h}, start);
  EXPECT_EQ(*queue.next(), start + 1h);
  queue.due(start + 1h, wall);
  queue.settle({Kind::Refused, "429", 1s}, start);
  EXPECT_EQ(*queue.next(), start + 10s) << "not below the first delay";
}

TEST(AlertQueue, what_is_refused_for_good_is_given_up_and_counted) {
  AlertQueue queue(10s);
  queue.push(notice(1));
  queue.push(notice(2));
  queue.due(start, wall);
  const auto settled = queue.settle({Kind::GivenUp, "550"}, start);
  EXPECT_EQ(settled.given_up, 1);
  EXPECT_EQ(queue.due(start, wall)->id, "2") << "the next one at once";
}

TEST(AlertQueue, holds_a_hundred_and_counts_what_goes_out) {
  AlertQueue queue(10s);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(queue.push(notice(i)), 0);
  EXPECT_EQ(queue.push(notice(100)), 1);
  EXPECT_EQ(queue.size(), AlertQueue::notices_max);
  EXPECT_EQ(queue.saved().lost, 1);
}

// A10
TEST(AlertQueue, a_sink_that_comes_back_to_many_gets_one_digest_of_all) {
  AlertQueue queue(10s);
  for (int i = 0; i < 130; ++i) queue.push(notice(i));
  const auto digest = queue.due(start, wall);
  ASSERT_TRUE(digest);
  EXPECT_EQ(digest->kind, AlertNotice::Kind::Digest);
  EXPECT_EQ(digest->count, 130);
  EXPECT_THAT(digest->lines, SizeIs(101));
  EXPECT_THAT(digest->lines[0], HasSubstr("30 older notices"));
  EXPECT_THAT(digest->lines[1], HasSubstr("s30: wrong"));
  EXPECT_EQ(queue.settle({Kind::Done, {}}, start).delivered, 100);
  EXPECT_EQ(queue.size(), 0u);
  queue.push(notice(200));
  EXPECT_EQ(queue.due(start, wall)->id, "200") << "as usual from then on";
}

TEST(AlertQueue, up_to_five_are_sent_one_by_one) {
  AlertQueue queue(10s);
  for (int i = 0; i < 5; ++i) queue.push(notice(i));
  EXPECT_EQ(queue.due(start, wall)->kind, AlertNotice::Kind::Opened);
  queue.settle({Kind::Unreachable, "no"}, start);
  queue.push(notice(5));
  EXPECT_EQ(queue.due(start + 1h, wall)->kind, AlertNotice::Kind::Digest);
}

TEST(AlertQueue, what_comes_while_a_digest_is_under_way_stays) {
  AlertQueue queue(10s);
  for (int i = 0; i < 10; ++i) queue.push(notice(i));
  queue.due(start, wall);
  queue.push(notice(10));
  queue.settle({Kind::Done, {}}, start);
  EXPECT_EQ(queue.due(start, wall)->id, "10");
}

TEST(AlertQueue, nothing_is_tried_for_longer_than_a_day) {
  AlertQueue queue(10s);
  queue.push(notice(1, wall - 24h - 1ms));
  queue.push(notice(2, wall - 24h));
  const auto next = queue.due(start, wall);
  EXPECT_EQ(queue.take_expired(), 1);
  ASSERT_TRUE(next);
  EXPECT_THAT(next->lines[0], HasSubstr("1 older notices")) << "it says so";
}

TEST(AlertQueue, what_was_kept_goes_before_what_came_meanwhile) {
  AlertQueue queue(10s);
  queue.push(notice(3));
  SavedQueue saved;
  saved.notices = {notice(1), notice(2)};
  queue.restore(saved);
  EXPECT_EQ(queue.size(), 3u);
  EXPECT_EQ(queue.due(start, wall)->id, "1");
}

}  // namespace
}  // namespace supervisor
