#include "common/worker_settings.h"

#include <gtest/gtest.h>

using namespace common;

namespace {

TEST(WorkerSettings, come_back_as_they_were) {
  WorkerSettings sent;
  sent.stream = "wall";
  InputSettings region;
  region.region = Region{1, 2, 3, 4};
  region.capture = "x11grab";
  region.cursor = false;
  InputSettings slate;
  slate.type = "slate";
  slate.text = "\"Zurück\" um 9";
  slate.image = "/srv/away.png";
  slate.background = "plain";
  InputSettings camera;
  camera.type = "device";
  camera.options = {{"framerate", "25"}};
  camera.timeout = 2.5;
  camera.frozen_after = 30;
  camera.black_after = 0.5;
  camera.corrupt_after = 4;
  camera.exclusive = true;
  region.locked = "slate";
  region.asleep = "wake";
  region.chosen_monitor = ChosenMonitor{"DP-2", "ACME 1"};
  sent.inputs = {region, camera, slate};
  sent.revision = 3;
  sent.selected = 1;
  sent.open = {1, 0};
  sent.standby = false;
  sent.stuck_max = 5;
  sent.video.bitrate = 1234;
  sent.grid = make_time_grid(25, 0.2, 4, 2, 99);
  sent.software_encoder = true;
  sent.reduced = true;
  sent.display_retry_ms = 750;
  const WorkerSettings got = parse_worker_settings(format_worker_settings(sent)).value();
  EXPECT_EQ(got.stream, sent.stream);
  EXPECT_EQ(got.inputs, sent.inputs);
  EXPECT_EQ(got.revision, 3u);
  EXPECT_EQ(got.selected, 1);
  EXPECT_EQ(got.open, sent.open);
  EXPECT_FALSE(got.standby);
  EXPECT_EQ(got.stuck_max, 5);
  EXPECT_EQ(got.video, sent.video);
  EXPECT_EQ(got.grid.segment_pictures, 100);
  EXPECT_EQ(got.grid.origin_ns, 99);
  EXPECT_TRUE(got.software_encoder);
  EXPECT_TRUE(got.reduced);
  EXPECT_EQ(got.display_retry_ms, 750);
}

TEST(WorkerSettings, what_is_incomplete_is_refused_with_the_name_of_what_is_missing) {
  const auto parsed = parse_worker_settings("{\"stream\":\"x\"}");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().reason.find("inputs"), std::string::npos);
}

TEST(WorkerSettings, one_input_comes_back_and_only_what_differs_from_its_default_is_written) {
  InputSettings region;
  region.region = Region{1, 2, 3, 4};
  region.chosen_monitor = ChosenMonitor{"DP-2", "ACME 1"};
  region.options = {{"a", "b"}};
  EXPECT_EQ(parse_input_settings(format_input_settings(region)).value(), region);
  EXPECT_EQ(format_input_settings(InputSettings{}), R"({"exclusive":false,"type":"x11"})");
}

TEST(WorkerSettings, what_pictures_may_be_for_ever_has_no_limit) {
  InputSettings input;
  EXPECT_EQ(content_limits(input), ContentTimes{});
  input.black_after = 1.5;
  EXPECT_EQ(content_limits(input)[ContentFault::Black].count(), 1500);
  EXPECT_EQ(content_limits(input)[ContentFault::Frozen].count(), 0);
}

TEST(WorkerSettings, a_device_is_exclusive_unless_it_is_said_to_be_none) {
  EXPECT_TRUE(parse_input_settings(R"({"type":"device"})")->exclusive);
  EXPECT_FALSE(parse_input_settings(R"({"type":"device","exclusive":false})")->exclusive);
  EXPECT_FALSE(parse_input_settings(R"({"type":"url"})")->exclusive);
  InputSettings shared;
  shared.type = "device";
  EXPECT_EQ(parse_input_settings(format_input_settings(shared)).value(), shared);
}

}  // namespace
