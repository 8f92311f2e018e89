#include "supervisor/report/availability.h"

#include <gtest/gtest.h>

#include "supervisor/report/incident_json.h"

namespace supervisor {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr AvailabilityCondition up{true, true, true};
constexpr AvailabilityCondition bridged{true, false, true};
constexpr AvailabilityCondition dark{true, false, false};
constexpr AvailabilityCondition stopped{false, false, false};

// A stream in a world where both clocks run.
struct World {
  common::MonoTime mono = common::MonoTime(hours(100));
  WallTime wall = *parse_rfc3339("2026-11-21T12:00:00Z");
  AvailabilityTally tally;

  // Is in `condition` for `time`, told at both ends.
  void live(const AvailabilityCondition& condition, milliseconds time) {
    tally.observe(condition, mono, wall);
    mono += time;
    wall += time;
    tally.observe(condition, mono, wall);
  }
};

TEST(Availability, is_unknown_before_anything_was_wanted) {
  World world;
  EXPECT_FALSE(world.tally.last_hour(world.wall).picture());
  world.live(stopped, hours(2));
  EXPECT_FALSE(world.tally.last_month(world.wall).picture());
  EXPECT_FALSE(world.tally.last_month(world.wall).mtbf_seconds());
}

TEST(Availability, a_bridge_is_no_wanted_picture_but_the_stream_goes_on) {
  World world;
  world.live(up, minutes(6));
  world.live(bridged, minutes(3));
  world.live(dark, minutes(1));
  const AvailabilitySums hour = world.tally.last_hour(world.wall);
  EXPECT_DOUBLE_EQ(*hour.picture(), 0.6);
  EXPECT_DOUBLE_EQ(*hour.stream(), 0.9);
}

TEST(Availability, an_outage_across_the_edge_of_a_minute_and_an_hour_is_in_both) {
  World world;
  world.live(up, hours(1) - milliseconds(250));
  world.live(dark, milliseconds(750));
  world.live(up, minutes(1) - milliseconds(500));
  const SavedAvailability saved = world.tally.save(world.wall);
  const std::int64_t noon_minute = 1'795'262'400'000 / 60'000;
  ASSERT_TRUE(saved.minutes.contains(noon_minute + 59)) << saved.minutes.begin()->first;
  EXPECT_EQ(saved.minutes.at(noon_minute + 59).picture_ms, 60'000 - 250);
  EXPECT_EQ(saved.minutes.at(noon_minute + 60).picture_ms, 60'000 - 500);
  EXPECT_EQ(saved.hours.at(noon_minute / 60).picture_ms, 3'600'000 - 250);
  EXPECT_EQ(saved.hours.at(noon_minute / 60 + 1).picture_ms, 60'000 - 500);
  EXPECT_EQ(world.tally.last_day(world.wall).desired_ms, 3'660'000);
}

TEST(Availability, stopped_time_counts_for_nothing) {
  World world;
  world.live(up, minutes(10));
  world.live(stopped, minutes(10));
  EXPECT_DOUBLE_EQ(*world.tally.last_hour(world.wall).picture(), 1.0);
  EXPECT_EQ(world.tally.last_hour(world.wall).desired_ms, 600'000);
}

TEST(Availability, the_windows_end_where_they_say) {
  World world;
  world.live(dark, minutes(1));
  world.live(up, minutes(59));
  const WallTime last_moment = world.wall - milliseconds(1);  // minute 59 is running
  EXPECT_DOUBLE_EQ(*world.tally.last_hour(last_moment).picture(), 59.0 / 60);
  EXPECT_DOUBLE_EQ(*world.tally.last_hour(world.wall).picture(), 1.0)
      << "the dark minute is over an hour old";
  EXPECT_DOUBLE_EQ(*world.tally.last_day(world.wall).picture(), 59.0 / 60);
  EXPECT_FALSE(world.tally.last_day(world.wall + hours(24)).picture());
  EXPECT_TRUE(world.tally.last_month(world.wall + hours(24)).picture());
  EXPECT_FALSE(world.tally.last_month(world.wall + hours(31 * 24)).picture());
}

TEST(Availability, keeps_no_more_than_a_day_of_minutes_and_a_month_of_hours) {
  World world;
  for (int day = 0; day < 40; ++day) world.live(up, hours(24));
  const SavedAvailability saved = world.tally.save(world.wall);
  EXPECT_EQ(saved.minutes.size(), AvailabilityTally::minutes_kept);
  EXPECT_EQ(saved.hours.size(), AvailabilityTally::hours_kept);
  EXPECT_LT(availability_json(saved).size(), 2000u) << "quiet days cost nothing";
}

TEST(Availability, many_short_looks_lose_no_time) {
  World world;
  for (int i = 0; i < 1000; ++i) {
    world.tally.observe(up, world.mono, world.wall);
    world.mono += std::chrono::microseconds(1500);
    world.wall += std::chrono::microseconds(1500);
  }
  world.tally.observe(up, world.mono, world.wall);
  EXPECT_EQ(world.tally.last_hour(world.wall).desired_ms, 1500);
}

TEST(Availability, a_wall_clock_that_jumps_makes_no_time_and_no_outage) {
  World world;
  world.live(up, minutes(5));
  world.wall += hours(3);
  world.live(up, minutes(5));
  world.wall -= hours(3);
  world.live(up, minutes(5));
  EXPECT_DOUBLE_EQ(*world.tally.last_day(world.wall + hours(3)).picture(), 1.0);
  EXPECT_EQ(world.tally.last_day(world.wall + hours(3)).desired_ms, 900'000);
}

TEST(Availability, mttr_and_mtbf_come_from_the_failures_of_the_window) {
  World world;
  world.live(up, hours(2));
  world.tally.count_failure(world.wall);
  world.tally.count_recovery(400, world.wall);
  world.live(up, hours(2));
  world.tally.count_failure(world.wall);
  world.tally.count_recovery(200, world.wall);
  const AvailabilitySums month = world.tally.last_month(world.wall);
  EXPECT_DOUBLE_EQ(*month.mttr_seconds(), 0.3);
  EXPECT_DOUBLE_EQ(*month.mtbf_seconds(), 7200);
  EXPECT_DOUBLE_EQ(*world.tally.last_hour(world.wall).mttr_seconds(), 0.2);
}

TEST(Availability, outlives_the_process_and_counts_the_time_without_one_as_down) {
  World former;
  former.live(up, minutes(50));
  const auto saved = parse_availability(availability_json(former.tally.save(former.wall)));
  ASSERT_TRUE(saved);
  EXPECT_EQ(saved->minutes, former.tally.save(former.wall).minutes);

  World world;
  world.wall = former.wall + minutes(5);
  world.live(up, minutes(4));
  world.tally.restore(*saved, world.wall + milliseconds(300));
  EXPECT_EQ(world.tally.last_hour(world.wall).desired_ms, 59 * 60'000);
  EXPECT_DOUBLE_EQ(*world.tally.last_hour(world.wall).picture(), 54.0 / 59);
}

TEST(Availability, a_goodbye_makes_the_time_until_the_next_start_no_outage) {
  World former;
  former.live(up, minutes(10));
  World world;
  world.wall = former.wall + minutes(30);
  world.tally.restore(former.tally.save(former.wall, true), world.wall);
  world.live(up, minutes(10));
  EXPECT_DOUBLE_EQ(*world.tally.last_hour(world.wall).picture(), 1.0);
}

TEST(Availability, a_gap_of_years_is_bounded_by_what_is_kept) {
  World former;
  former.live(up, minutes(10));
  World world;
  world.wall = former.wall + hours(24 * 365);
  world.tally.restore(former.tally.save(former.wall), world.wall);
  const SavedAvailability saved = world.tally.save(world.wall);
  EXPECT_LE(saved.minutes.size(), AvailabilityTally::minutes_kept);
  EXPECT_EQ(*world.tally.last_month(world.wall).picture(), 0.0);
}

TEST(AvailabilityJson, what_is_not_of_this_program_is_an_error) {
  for (const char* text :
       {"", "null", "{}", R"({"version":2})", R"({"version":1,"minutes":7})",
        R"({"version":1,"minutes":[[1,2,3]]})", R"({"version":1,"minutes":[[1,1441,1,1,1,0,0,0]]})",
        R"({"version":1,"hours":[[1,-1,1,1,1,0,0,0]]})", R"({"version":1,"hours":[[1,1,1,1,1,0,0,0.5]]})"}) {
    EXPECT_FALSE(parse_availability(text)) << text;
  }
  EXPECT_TRUE(parse_availability(R"({"version":1,"minutes":[[1,1440,1,1,1,0,0,0]]})"));
}

}  // namespace
}  // namespace supervisor
