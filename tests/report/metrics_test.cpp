#include "supervisor/report/metrics.h"

#include <gmock/gmock.h>

#include <cmath>
#include <sstream>

#include "tests/report/example_snapshot.h"

namespace supervisor {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, carry_the_stream_as_a_label_and_base_units) {
  const std::string text = metrics_text(example_snapshot());
  EXPECT_THAT(text, HasSubstr("# TYPE desktop_streamer_stream_restarts_total counter\n"
                              "desktop_streamer_stream_restarts_total{stream=\"desktop\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_stream_bytes_per_second{stream=\"desktop\"} 600062.5\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_stream_part_age_seconds{stream=\"desktop\"} 0.12\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_system_cpu_usage_ratio 0.253\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_stream_state{stream=\"desktop\",state=\"healthy\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_stream_state{stream=\"desktop\",state=\"hold\"} 0\n"));
}

TEST(Metrics, leave_out_what_is_unknown) {
  Snapshot snapshot = example_snapshot();
  EXPECT_THAT(metrics_text(snapshot), Not(HasSubstr("next_retry")));
  snapshot.streams[0].next_retry_ms = 250;
  EXPECT_THAT(metrics_text(snapshot), HasSubstr("stream_next_retry_seconds{stream=\"desktop\"} 0.25\n"));
}

TEST(Metrics, escape_label_values) {
  Snapshot snapshot = example_snapshot();
  snapshot.version = "a\"b\\c\nd";
  EXPECT_THAT(metrics_text(snapshot), HasSubstr("build_info{version=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(Metrics, have_one_head_for_all_streams) {
  Snapshot snapshot = example_snapshot();
  snapshot.streams.push_back(example_stream());
  snapshot.streams[1].name = "wall";
  std::istringstream lines(metrics_text(snapshot));
  std::map<std::string, int> heads;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# HELP ", 0) == 0) ++heads[line.substr(7, line.find(' ', 7) - 7)];
  }
  EXPECT_GT(heads.size(), 40u);
  for (const auto& [name, count] : heads) EXPECT_EQ(count, 1) << name;
}

TEST(Metrics, of_numbers_that_are_none_stay_readable) {
  Snapshot snapshot = example_snapshot();
  snapshot.uptime_seconds = std::nan("");
  snapshot.streams[0].fps = INFINITY;
  snapshot.streams[0].window_bytes = ~0ull;
  const std::string text = metrics_text(snapshot);
  EXPECT_THAT(text, HasSubstr("desktop_streamer_uptime_seconds NaN\n"));
  EXPECT_THAT(text, HasSubstr("frames_per_second{stream=\"desktop\"} +Inf\n"));
}

TEST(Metrics, of_incidents_count_by_class_and_recovery_time) {
  Snapshot snapshot = example_snapshot();
  snapshot.streams[0].standby = "ready";
  const std::string text = metrics_text(snapshot, example_reliability());
  EXPECT_THAT(text, HasSubstr("desktop_streamer_incidents_total{stream=\"desktop\",class=\"crash\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE desktop_streamer_stream_recovery_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("recovery_seconds_bucket{stream=\"desktop\",le=\"0.1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("recovery_seconds_bucket{stream=\"desktop\",le=\"0.25\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("recovery_seconds_bucket{stream=\"desktop\",le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("recovery_seconds_sum{stream=\"desktop\"} 0.5\n"));
  EXPECT_THAT(text, HasSubstr("stream_standby_ready{stream=\"desktop\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("stream_availability_ratio{stream=\"desktop\",window=\"24h\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("stream_picture_availability_ratio{stream=\"desktop\",window=\"30d\"} 0.99"));
  EXPECT_THAT(metrics_text(snapshot), Not(HasSubstr("availability"))) << "nothing was measured";
}

TEST(Metrics, without_streams_are_those_of_the_service) {
  EXPECT_THAT(metrics_text(Snapshot{}), Not(HasSubstr("desktop_streamer_stream")));
}

}  // namespace
}  // namespace supervisor
