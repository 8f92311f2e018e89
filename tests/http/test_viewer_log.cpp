#include <gtest/gtest.h>

#include "supervisor/http/viewer_log.h"

namespace supervisor {
namespace {

common::MonoTime at(int ms) {
  return common::MonoTime(std::chrono::milliseconds(ms));
}

ViewerEvent event(int ms) {
  return {.kind = ViewerEvent::Kind::Asked, .stream = "s", .group = 1, .at = at(ms)};
}

std::vector<int> times(const std::vector<ViewerEvent>& events) {
  std::vector<int> all;
  for (const ViewerEvent& one : events)
    all.push_back(static_cast<int>(one.at.time_since_epoch() / std::chrono::milliseconds(1)));
  return all;
}

TEST(ViewerLog, gives_the_events_of_all_lanes_in_the_order_of_time) {
  ViewerLog log(3);
  for (const int ms : {10, 30, 50}) log.add(event(ms));
  for (const int ms : {20, 40}) log.add(event(ms));
  EXPECT_EQ(times(log.take()), (std::vector{10, 20, 30, 40, 50})) << "nobody is expected to add any";
  EXPECT_TRUE(log.take().empty());
}

TEST(ViewerLog, waits_for_the_lane_that_has_told_the_least) {
  ViewerLog log(2);
  log.reached(0, at(100));
  log.reached(1, at(25));
  for (const int ms : {10, 24, 25, 60}) log.add(event(ms));
  EXPECT_EQ(times(log.take()), (std::vector{10, 24})) << "another one of 25 may still come";
  log.add(event(30));
  log.reached(1, at(90));
  EXPECT_EQ(times(log.take()), (std::vector{25, 30, 60}));
}

TEST(ViewerLog, does_not_wait_for_ever) {
  ViewerLog log(2);
  log.reached(1, at(0));
  for (std::size_t i = 0; i < ViewerLog::events_max; ++i) log.add(event(5));
  EXPECT_TRUE(log.take().empty());
  log.add(event(5));
  EXPECT_EQ(log.take().size(), ViewerLog::events_max + 1);
}

}  // namespace
}  // namespace supervisor
