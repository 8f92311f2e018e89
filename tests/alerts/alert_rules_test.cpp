#include "supervisor/alerts/alert_rules.h"

#include <gmock/gmock.h>

namespace supervisor {
namespace {

InputSnapshot input(int priority, std::string status, const std::string& error) {
  InputSnapshot made;
  made.priority = priority;
  made.type = "url";
  made.name = "name " + std::to_string(priority);
  made.status = std::move(status);
  if (!error.empty()) made.errors = {{"", error}};
  return made;
}

using namespace std::chrono_literals;
using common::MonoTime;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using OnAir = StreamSnapshot::OnAir;

constexpr MonoTime start{std::chrono::hours(5)};

class AlertRulesTest : public testing::Test {
 protected:
  AlertRulesTest() {
    config.streams.front().name = "desktop";
    StreamSnapshot stream;
    stream.name = "desktop";
    stream.state = "healthy";
    stream.desired_up = true;
    stream.on_air = OnAir::Picture;
    stream.worker_pid = 100;
    snapshot.streams.push_back(stream);
  }

  StreamSnapshot& stream() { return snapshot.streams.front(); }
  std::vector<Condition> observe(MonoTime at = start) { return rules.observe(snapshot, facts, at); }
  // The only condition that holds.
  Condition only(MonoTime at = start) {
    const auto conditions = observe(at);
    EXPECT_THAT(conditions, SizeIs(1));
    return conditions.empty() ? Condition{} : conditions.front();
  }

  Config config;
  AlertRules rules{config};
  Snapshot snapshot;
  AlertFacts facts;
};

TEST_F(AlertRulesTest, nothing_is_wrong_with_a_stream_that_shows_its_picture) {
  EXPECT_THAT(observe(), IsEmpty());
}

TEST_F(AlertRulesTest, blocked_and_held_streams_are_down) {
  for (const char* state : {"blocked", "hold"}) {
    stream().state = state;
    stream().reason = "no such program";
    stream().on_air = OnAir::Slate;
    const Condition down = only();
    EXPECT_EQ(down.rule, AlertRule::ServiceDown);
    EXPECT_EQ(down.severity, Severity::Critical);
    EXPECT_THAT(down.title, HasSubstr(state));
    EXPECT_THAT(down.detail, HasSubstr("no such program"));
  }
}

TEST_F(AlertRulesTest, another_picture_than_the_wanted_one_is_an_inactive_stream) {
  for (const OnAir on_air : {OnAir::Slate, OnAir::Bridge, OnAir::Nothing}) {
    stream().on_air = on_air;
    EXPECT_EQ(only().rule, AlertRule::StreamInactive);
  }
}

TEST_F(AlertRulesTest, what_nobody_wants_is_no_alert) {
  stream().desired_up = false;
  for (const char* state : {"stopped", "blocked", "hold"}) {
    stream().state = state;
    stream().on_air = OnAir::Nothing;
    EXPECT_THAT(observe(), IsEmpty()) << state;
  }
  stream().desired_up = true;
  stream().state = "paused";
  EXPECT_THAT(observe(), IsEmpty());
}

TEST_F(AlertRulesTest, inputs_that_all_fail_are_told_instead_of_the_inactive_stream) {
  stream().state = "degraded";
  stream().on_air = OnAir::Slate;
  stream().inputs = {input(0, "degraded", "no such monitor"), input(1, "active", "")};
  stream().exhausted = true;
  const Condition exhausted = only();
  EXPECT_EQ(exhausted.rule, AlertRule::InputExhausted);
  EXPECT_THAT(exhausted.detail, HasSubstr("no such monitor"));
  stream().exhausted = false;
  EXPECT_EQ(only().rule, AlertRule::StreamInactive) << "the selector says whether one may still work";
}

TEST_F(AlertRulesTest, another_input_than_the_first_is_told_with_what_is_wrong_with_the_better_ones) {
  stream().inputs = {input(0, "degraded", "input: connection refused"), input(1, "active", "")};
  stream().active_input = 1;
  const Condition backup = only();
  EXPECT_EQ(backup.rule, AlertRule::BackupInput);
  EXPECT_EQ(backup.severity, Severity::Warning);
  EXPECT_EQ(backup.detail, "on air: input 1 (name 1); input 0 (name 0): input: connection refused");
  stream().override_input = 1;
  EXPECT_THAT(observe(), IsEmpty()) << "the operator wants it so";
  stream().override_input = {};
  stream().active_input = 0;
  EXPECT_THAT(observe(), IsEmpty());
}

TEST_F(AlertRulesTest, a_fallback_encoder_counts_only_when_it_degrades_the_stream) {
  stream().encoder = "libx264";
  stream().encoder_fallback_reason = "no /dev/dri";
  EXPECT_THAT(observe(), IsEmpty());
  stream().state = "degraded";
  const Condition fallback = only();
  EXPECT_EQ(fallback.rule, AlertRule::FallbackEncoder);
  EXPECT_THAT(fallback.title, HasSubstr("libx264"));
}

TEST_F(AlertRulesTest, an_unkillable_worker_is_critical) {
  stream().unkillable = 1;
  const Condition condition = only();
  EXPECT_EQ(condition.rule, AlertRule::Unkillable);
  EXPECT_EQ(condition.severity, Severity::Critical);
}

TEST_F(AlertRulesTest, restarts_are_too_many_at_half_of_the_budget) {
  const int limit = AlertRules::restarts_max(config.streams.front().restart);
  EXPECT_EQ(limit, 5);
  MonoTime at = start;
  observe(at);
  for (int i = 1; i < limit; ++i) {
    stream().restart_count = static_cast<std::uint64_t>(i);
    EXPECT_THAT(observe(at += 10s), IsEmpty()) << i;
  }
  stream().restart_count = static_cast<std::uint64_t>(limit);
  EXPECT_EQ(only(at += 10s).rule, AlertRule::FrequentRestarts);
  // The first of them was 40 s ago: it leaves the window of 600 s.
  EXPECT_THAT(observe(at + 560s), SizeIs(1));
  EXPECT_THAT(observe(at + 560s + 1ms), IsEmpty());
}

TEST_F(AlertRulesTest, a_counter_that_begins_anew_is_no_restart) {
  stream().restart_count = 4;
  observe(start);
  stream().restart_count = 0;
  EXPECT_THAT(observe(start + 1s), IsEmpty());
  stream().restart_count = 1;
  EXPECT_THAT(observe(start + 2s), SizeIs(1)) << "the fifth in all";
}

TEST_F(AlertRulesTest, small_budgets_still_allow_two_restarts) {
  Restart restart;
  restart.max_restarts = 1;
  EXPECT_EQ(AlertRules::restarts_max(restart), 3);
}

TEST_F(AlertRulesTest, errors_are_too_many_above_max_errors_until_half_of_it) {
  snapshot.recent_errors = 5;
  EXPECT_THAT(observe(), IsEmpty());
  snapshot.recent_errors = 6;
  snapshot.last_error = "encoder: lost";
  EXPECT_EQ(only().rule, AlertRule::HighErrorCount);
  EXPECT_THAT(only().detail, HasSubstr("encoder: lost"));
  snapshot.recent_errors = 3;
  EXPECT_THAT(observe(), SizeIs(1));
  snapshot.recent_errors = 2;
  EXPECT_THAT(observe(), IsEmpty());
}

TEST_F(AlertRulesTest, a_busy_machine_is_told_by_its_flags) {
  snapshot.system.cpu_percent = 99;
  EXPECT_THAT(observe(), IsEmpty()) << "the thresholds are those of the snapshot";
  snapshot.system.cpu_high = true;
  EXPECT_EQ(only().subject, "cpu");
  snapshot.system.memory_high = true;
  EXPECT_THAT(observe(), SizeIs(2));
  config.monitoring.auto_recovery.resource_monitoring = false;
  rules.set_config(config);
  EXPECT_THAT(observe(), IsEmpty());
}

TEST_F(AlertRulesTest, a_worker_near_its_limits_is_told_until_it_is_well_below) {
  stream().worker_rss_mb = 921.5;  // of 1024
  EXPECT_THAT(observe(), IsEmpty());
  stream().worker_rss_mb = 921.7;
  EXPECT_EQ(only().subject, "worker_memory");
  stream().worker_rss_mb = 819.3;
  EXPECT_THAT(observe(), SizeIs(1));
  stream().worker_rss_mb = 819.1;
  EXPECT_THAT(observe(), IsEmpty());
  stream().worker_cpu_percent = 360;
  EXPECT_EQ(only().subject, "worker_cpu");
  config.streams.front().limits.worker_cpu_percent = 0;
  rules.set_config(config);
  EXPECT_THAT(observe(), IsEmpty()) << "no limit";
}

TEST_F(AlertRulesTest, a_disk_that_fills_up_becomes_critical_at_95_percent) {
  snapshot.system.disk_usage_percent = 91;
  snapshot.system.disk_high = true;
  EXPECT_EQ(only().severity, Severity::Warning);
  snapshot.system.disk_usage_percent = 95;
  EXPECT_EQ(only().severity, Severity::Critical);
  snapshot.system.disk_usage_percent = 93.1;
  EXPECT_EQ(only().severity, Severity::Critical);
  snapshot.system.disk_usage_percent = 93;
  EXPECT_EQ(only().severity, Severity::Warning);
  snapshot.system.disk_high = false;
  EXPECT_THAT(observe(), IsEmpty());
}

TEST_F(AlertRulesTest, files_that_are_not_written_are_a_matter_of_the_disk) {
  stream().mirror_error = "seg1.m4s: No space left on device";
  const Condition condition = only();
  EXPECT_EQ(condition.rule, AlertRule::Disk);
  EXPECT_EQ(condition.stream, "desktop");
}

TEST_F(AlertRulesTest, a_refused_configuration_and_broken_alerting_are_monitoring_errors) {
  snapshot.config_error = "config.json:3: /streams: is empty";
  EXPECT_EQ(only().rule, AlertRule::MonitoringError);
  facts.alerting = {{"webhook-1", "it is not reached: refused"}, {"email", "it is not reached: no name"}};
  const auto conditions = observe();
  ASSERT_THAT(conditions, SizeIs(3));
  EXPECT_NE(conditions[1].subject, conditions[2].subject);
}

TEST_F(AlertRulesTest, a_self_probe_that_fails_while_all_seems_well_is_a_monitoring_error) {
  stream().self_probe_ok = false;
  stream().self_probe_error = "the playlist is 9 s old";
  EXPECT_EQ(only().rule, AlertRule::MonitoringError);
  stream().on_air = OnAir::Slate;
  EXPECT_EQ(only().rule, AlertRule::StreamInactive) << "known already";
}

TEST_F(AlertRulesTest, a_certificate_is_told_14_and_2_days_before_its_end) {
  const auto left = [this](double days) { facts.certificate = AlertFacts::Certificate{days, {}}; };
  left(14.0);
  EXPECT_THAT(observe(), IsEmpty());
  left(13.9);
  EXPECT_EQ(only().severity, Severity::Warning);
  EXPECT_THAT(only().detail, HasSubstr("13 days"));
  left(1.9);
  EXPECT_EQ(only().severity, Severity::Critical);
  left(-1);
  EXPECT_THAT(only().title, HasSubstr("expired"));
}

TEST_F(AlertRulesTest, a_certificate_that_cannot_be_used_is_critical_and_says_why) {
  facts.certificate = AlertFacts::Certificate{0, "/etc/tls/a.pem: No such file or directory"};
  EXPECT_EQ(only().severity, Severity::Critical);
  EXPECT_THAT(only().detail, HasSubstr("/etc/tls/a.pem"));
}

TEST_F(AlertRulesTest, texts_hold_no_secret_and_no_control_byte) {
  stream().on_air = OnAir::Nothing;
  stream().reason = "rtsp://user:hunter2@camera/1\r\nfailed\x1b[31m";
  const std::string detail = only().detail;
  EXPECT_THAT(detail, testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(detail, testing::Not(HasSubstr("\r")));
  EXPECT_THAT(detail, testing::Not(HasSubstr("\x1b")));
}

TEST_F(AlertRulesTest, each_rule_has_a_name_of_its_own_that_is_read_back) {
  for (std::size_t i = 0; i < alert_rule_count; ++i) {
    const auto rule = static_cast<AlertRule>(i);
    EXPECT_EQ(parse_rule(rule_name(rule)), rule);
  }
  EXPECT_EQ(parse_rule("nonsense"), std::nullopt);
}

TEST_F(AlertRulesTest, resources_are_given_a_minute_and_what_is_down_two_seconds) {
  Alerts alerts;
  EXPECT_EQ(timing_of(AlertRule::HighResourceUse, alerts).open_after, 60s);
  EXPECT_EQ(timing_of(AlertRule::ServiceDown, alerts).open_after, 2s);
  EXPECT_EQ(timing_of(AlertRule::StreamInactive, alerts).open_after, 10s);
  EXPECT_EQ(timing_of(AlertRule::StreamInactive, alerts).resolve_after, 30s);
  alerts.open_after = 0ms;
  EXPECT_EQ(timing_of(AlertRule::ServiceDown, alerts).open_after, 0s);
}

}  // namespace
}  // namespace supervisor
