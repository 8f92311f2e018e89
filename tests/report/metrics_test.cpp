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

TEST(Metrics, of_incidents_have_a_line_for_each_class_from_the_beginning) {
  const Reliability quiet = {{"desktop", StreamReliability{}}};
  const std::string text = metrics_text(example_snapshot(), quiet);
  EXPECT_THAT(text, HasSubstr("desktop_streamer_incidents_total{stream=\"desktop\",class=\"hang\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("desktop_streamer_incidents_total{stream=\"desktop\",class=\"unkillable\"} 0\n"));
}

TEST(Metrics, of_the_process_have_the_names_that_every_process_has) {
  const std::string text = metrics_text(example_snapshot(), {}, example_facts());
  EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 12.5\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_start_time_seconds 1772366400\n"));
  EXPECT_THAT(text, HasSubstr("\nprocess_open_fds 40\n"));
  EXPECT_THAT(metrics_text(example_snapshot()), Not(HasSubstr("process_")));
}

TEST(Metrics, of_http_count_by_class_and_status) {
  const std::string text = metrics_text(example_snapshot(), {}, example_facts());
  EXPECT_THAT(text, HasSubstr("desktop_streamer_http_requests_total{class=\"playlist\",code=\"503\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_http_sent_bytes_total 123456789\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_http_waiting_requests 2\n"));
}

TEST(Metrics, of_log_and_alerts_count_by_level_and_severity) {
  const std::string text = metrics_text(example_snapshot(), {}, example_facts());
  EXPECT_THAT(text, HasSubstr("desktop_streamer_log_lines_total{level=\"warn\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_log_lines_lost_total 5\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_stream_log_lines_held_back_total{stream=\"desktop\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_alerts_open{severity=\"warning\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_alert_notices_total{sink=\"email\",result=\"sent\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_alert_notices_total{sink=\"email\",result=\"failed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_alert_notices_total{sink=\"email\",result=\"dropped\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("desktop_streamer_alert_notices_total{sink=\"webhook-1\",result=\"sent\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("desktop_streamer_alert_notices_held_back_total 3\n"));
}

TEST(Metrics, of_the_self_probe_are_absent_while_it_does_not_ask) {
  Snapshot snapshot = example_snapshot();
  snapshot.streams[0].self_probe_ok = true;
  EXPECT_THAT(metrics_text(snapshot), HasSubstr("self_probe_ok{stream=\"desktop\"} 1\n"));
  snapshot.streams[0].self_probe_ok.reset();
  EXPECT_THAT(metrics_text(snapshot), Not(HasSubstr("self_probe_ok")));
}

TEST(Metrics, without_streams_are_those_of_the_service) {
  EXPECT_THAT(metrics_text(Snapshot{}), Not(HasSubstr("desktop_streamer_stream")));
}

}  // namespace
}  // namespace supervisor
