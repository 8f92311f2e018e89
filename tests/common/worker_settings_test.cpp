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
  sent.inputs = {region, slate};
  sent.video.bitrate = 1234;
  sent.grid = make_time_grid(25, 0.2, 4, 2, 99);
  sent.software_encoder = true;
  sent.reduced = true;
  sent.display_retry_ms = 750;
  const WorkerSettings got = parse_worker_settings(format_worker_settings(sent)).value();
  EXPECT_EQ(got.stream, sent.stream);
  EXPECT_EQ(got.inputs, sent.inputs);
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

}  // namespace
