#include "supervisor/alerts/alert_book.h"

#include <gmock/gmock.h>

#include "supervisor/alerts/alert_json.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = AlertNotice::Kind;

const WallTime wall_start = *parse_rfc3339("2026-11-21T12:00:00Z");
constexpr MonoTime start{std::chrono::hours(100)};

Condition inactive(const std::string& stream = "desktop", AlertRule rule = AlertRule::StreamInactive,
                   Severity severity = Severity::Warning) {
  Condition condition;
  condition.rule = rule;
  condition.severity = severity;
  condition.stream = stream;
  condition.title = "no picture";
  condition.detail = "why";
  return condition;
}

// Time goes on by tick(); what was told is collected.
class AlertBookTest : public testing::Test {
 protected:
  AlertBook::Outcome tick(std::chrono::milliseconds time, const std::vector<Condition>& conditions) {
    elapsed += time;
    auto outcome = book.observe(conditions, start + elapsed, wall_start + elapsed);
    for (const AlertNotice& notice : outcome.notices) {
      kinds.push_back(std::string(kind_name(notice.kind)));
      sent.push_back(elapsed);
    }
    return outcome;
  }
  void pass(std::chrono::seconds time, const std::vector<Condition>& conditions) {
    for (auto end = elapsed + time; elapsed < end;) tick(1s, conditions);
  }

  Alerts settings;
  AlertBook book{settings};
  std::chrono::milliseconds elapsed{0};
  std::vector<std::string> kinds;
  std::vector<std::chrono::milliseconds> sent;
};

TEST_F(AlertBookTest, opens_when_the_condition_has_held_and_not_before) {
  tick(0s, {inactive()});
  EXPECT_THAT(tick(9999ms, {inactive()}).changes, IsEmpty());
  const auto outcome = tick(1ms, {inactive()});
  ASSERT_THAT(outcome.changes, SizeIs(1));
  EXPECT_EQ(outcome.changes[0].kind, AlertChange::Kind::Opened);
  ASSERT_THAT(outcome.notices, SizeIs(1));
  EXPECT_EQ(outcome.notices[0].kind, Kind::Opened);
  EXPECT_EQ(outcome.notices[0].alert.opened_at, wall_start) << "it began with the condition";
  EXPECT_EQ(outcome.notices[0].alert.notified, 1);
  EXPECT_THAT(book.open(), SizeIs(1));
}

TEST_F(AlertBookTest, a_condition_that_goes_in_time_is_no_alert) {
  tick(0s, {inactive()});
  tick(9s, {inactive()});
  tick(500ms, {});
  tick(1s, {inactive()});
  EXPECT_THAT(tick(9s, {inactive()}).changes, IsEmpty()) << "the time begins anew";
}

TEST_F(AlertBookTest, resolves_when_it_has_stayed_away_with_its_true_duration) {
  pass(20s, {inactive()});
  tick(1s, {});
  EXPECT_THAT(tick(29'999ms, {}).changes, IsEmpty());
  const auto outcome = tick(1ms, {});
  ASSERT_THAT(outcome.notices, SizeIs(1));
  const Alert& alert = outcome.notices[0].alert;
  EXPECT_EQ(outcome.notices[0].kind, Kind::Resolved);
  EXPECT_FALSE(alert.open);
  EXPECT_EQ(alert.duration, 20s) << "from the first to the last sight of it";
  EXPECT_EQ(*alert.resolved_at - alert.opened_at, 20s);
  EXPECT_THAT(book.open(), IsEmpty());
  ASSERT_THAT(book.history(), SizeIs(1));
  EXPECT_EQ(book.history().front().id, alert.id);
}

TEST_F(AlertBookTest, one_alert_while_it_lasts_whatever_the_words) {
  Condition changing = inactive();
  for (int i = 0; i < 100; ++i) {
    changing.detail = "part is " + std::to_string(i) + " s late";
    tick(1s, {changing});
  }
  EXPECT_THAT(kinds, ElementsAre("opened"));
  EXPECT_THAT(book.open().at(0).detail, HasSubstr("99"));
}

TEST_F(AlertBookTest, streams_and_subjects_are_alerts_of_their_own) {
  Condition other = inactive();
  other.subject = "cpu";
  pass(12s, {inactive("a"), inactive("b"), other});
  EXPECT_THAT(book.open(), SizeIs(3));
}

TEST_F(AlertBookTest, an_open_alert_is_told_again_at_the_reminder_and_when_it_gets_worse) {
  settings.reminder_interval = 60s;
  book.set_settings(settings);
  pass(11s, {inactive()});
  pass(59s, {inactive()});
  EXPECT_THAT(kinds, ElementsAre("opened"));
  pass(2s, {inactive()});
  EXPECT_THAT(kinds, ElementsAre("opened", "still_open"));
  const auto worse = tick(1s, {inactive("desktop", AlertRule::StreamInactive, Severity::Critical)});
  ASSERT_THAT(worse.notices, SizeIs(1));
  EXPECT_EQ(worse.notices[0].kind, Kind::StillOpen);
  EXPECT_EQ(worse.notices[0].alert.severity, Severity::Critical);
  EXPECT_NE(worse.notices[0].id, worse.notices[0].alert.id + "-1") << "each notice has its own id";
}

TEST_F(AlertBookTest, no_reminder_when_it_is_switched_off) {
  settings.reminder_interval = 0s;
  book.set_settings(settings);
  tick(0s, {inactive()});
  tick(20s, {inactive()});
  tick(24h, {inactive()});
  EXPECT_THAT(kinds, ElementsAre("opened"));
}

TEST_F(AlertBookTest, what_explains_better_takes_over_without_a_false_end) {
  pass(11s, {inactive()});
  const Condition down = inactive("desktop", AlertRule::ServiceDown, Severity::Critical);
  pass(20s, {down});
  EXPECT_THAT(kinds, ElementsAre("opened", "opened"));
  ASSERT_THAT(book.open(), SizeIs(1));
  EXPECT_EQ(book.open()[0].rule, AlertRule::ServiceDown);
  EXPECT_THAT(book.history().front().detail, HasSubstr("another alert"));
  pass(40s, {});
  EXPECT_THAT(kinds, ElementsAre("opened", "opened", "resolved"));
}

TEST_F(AlertBookTest, another_stream_explains_nothing) {
  pass(20s, {inactive("a", AlertRule::ServiceDown, Severity::Critical), inactive("b")});
  EXPECT_THAT(book.open(), SizeIs(2));
}

// A09
TEST_F(AlertBookTest, up_and_down_every_ten_seconds_is_one_alert) {
  for (int cycle = 0; cycle < 90; ++cycle) {
    pass(11s, {inactive()});
    pass(9s, {});
  }
  EXPECT_THAT(kinds, ElementsAre("opened"));
  pass(60s, {});
  EXPECT_THAT(kinds, ElementsAre("opened", "resolved"));
}

// A09
TEST_F(AlertBookTest, slow_flapping_is_told_at_the_third_opening_and_then_once) {
  for (int cycle = 0; cycle < 60; ++cycle) {
    pass(40s, {inactive()});
    pass(40s, {});
  }
  EXPECT_THAT(kinds, ElementsAre("opened", "resolved", "opened", "resolved", "opened"));
  ASSERT_THAT(book.open(), SizeIs(1));
  EXPECT_TRUE(book.open()[0].flapping);
  EXPECT_THAT(headline(book.open()[0]), HasSubstr("(flapping)"));
  pass(9min, {});
  EXPECT_THAT(book.open(), SizeIs(1)) << "it has to stay away for ten minutes";
  pass(2min, {});
  EXPECT_EQ(kinds.back(), "resolved");
}

TEST_F(AlertBookTest, openings_far_apart_are_no_flapping) {
  for (int cycle = 0; cycle < 5; ++cycle) {
    pass(20s, {inactive()});
    pass(8min, {});
  }
  EXPECT_EQ(kinds.size(), 10u);
}

// --- the budget

std::vector<Condition> many(int count, Severity severity = Severity::Warning) {
  std::vector<Condition> conditions;
  for (int i = 0; i < count; ++i) {
    conditions.push_back(inactive("s" + std::to_string(i), AlertRule::FallbackEncoder, severity));
  }
  return conditions;
}

TEST_F(AlertBookTest, max_alerts_holds_back_the_rest_and_tells_it_in_one_digest) {
  settings.max_alerts = 2;
  book.set_settings(settings);
  tick(0s, many(5));
  const auto opened = tick(10s, many(5));
  EXPECT_THAT(opened.changes, SizeIs(5)) << "the dashboard sees all";
  EXPECT_THAT(opened.notices, SizeIs(2));
  EXPECT_EQ(book.held_back().count, 3);
  EXPECT_THAT(tick(299'999ms, many(5)).notices, IsEmpty());
  const auto digest = tick(1ms, many(5));
  ASSERT_THAT(digest.notices, SizeIs(1));
  EXPECT_EQ(digest.notices[0].kind, Kind::Digest);
  EXPECT_EQ(digest.notices[0].count, 3);
  EXPECT_THAT(digest.notices[0].lines, SizeIs(3));
  EXPECT_THAT(digest.notices[0].lines[0], HasSubstr("opened warning s2: no picture"));
  EXPECT_EQ(book.held_back().count, 0);
}

TEST_F(AlertBookTest, a_quarter_of_max_alerts_is_kept_for_critical_ones) {
  settings.max_alerts = 4;
  book.set_settings(settings);
  tick(0s, many(4));
  EXPECT_THAT(tick(10s, many(4)).notices, SizeIs(3));
  auto conditions = many(4);
  conditions.push_back(inactive("z", AlertRule::ServiceDown, Severity::Critical));
  tick(61s, conditions);
  const auto critical = tick(2s, conditions);
  ASSERT_THAT(critical.notices, SizeIs(1));
  EXPECT_EQ(critical.notices[0].alert.stream, "z");
}

TEST_F(AlertBookTest, the_next_period_has_its_own_budget) {
  settings.max_alerts = 1;
  book.set_settings(settings);
  tick(0s, {inactive("a")});
  EXPECT_THAT(tick(10s, {inactive("a")}).notices, SizeIs(1));
  tick(290s, {inactive("a"), inactive("b")});
  EXPECT_THAT(tick(10s, {inactive("a"), inactive("b")}).notices, SizeIs(1)) << "exactly one cooldown later";
}

TEST_F(AlertBookTest, nobody_is_told_of_the_end_of_what_nobody_was_told_of) {
  settings.max_alerts = 1;
  book.set_settings(settings);
  tick(0s, {inactive("a"), inactive("b")});
  tick(10s, {inactive("a"), inactive("b")});
  tick(120s, {inactive("a")});
  tick(30s, {inactive("a")});
  EXPECT_THAT(kinds, ElementsAre("opened"));
  EXPECT_EQ(book.held_back().count, 2);
  EXPECT_THAT(book.held_back().lines,
              ElementsAre(HasSubstr("opened warning b"), HasSubstr("resolved warning b")));
}

TEST_F(AlertBookTest, a_digest_shows_so_many_lines_and_counts_the_rest) {
  settings.max_alerts = 1;
  book.set_settings(settings);
  tick(0s, many(100));
  tick(10s, many(100));
  EXPECT_EQ(book.held_back().count, 99);
  EXPECT_THAT(book.held_back().lines, SizeIs(AlertBook::digest_lines_max));
}

// A08
TEST_F(AlertBookTest, a_storm_of_a_thousand_a_minute_is_at_most_five_messages_a_minute_and_all_is_counted) {
  settings.max_alerts = 10'000;  // only the limit of the minute
  settings.alert_cooldown = 60s;
  book.set_settings(settings);
  std::size_t changes = 0, told = 0;
  int counted = 0;
  for (int second = 0; second < 600; ++second) {
    std::vector<Condition> conditions;
    for (int i = 0; i < 17; ++i) {
      Condition one = inactive("s", AlertRule::ServiceDown, Severity::Critical);
      one.subject = std::to_string((second / 3) * 17 + i);  // each lasts three seconds
      conditions.push_back(one);
    }
    const auto outcome = tick(1s, conditions);
    changes += outcome.changes.size();
    for (const AlertNotice& notice : outcome.notices) {
      if (notice.kind == Kind::Digest) {
        counted += notice.count;
      } else {
        ++told;
      }
    }
  }
  pass(200s, {});
  EXPECT_GT(changes, 1000u);
  for (std::size_t i = 0; i + 5 < sent.size(); ++i) EXPECT_GE(sent[i + 5] - sent[i], 60s) << i;
  EXPECT_GT(counted, 100);
  EXPECT_LE(told, 60u);
}

TEST_F(AlertBookTest, open_alerts_and_history_are_bounded) {
  std::vector<Condition> conditions;
  for (int i = 0; i < 300; ++i) conditions.push_back(inactive("s" + std::to_string(i)));
  pass(11s, conditions);
  EXPECT_THAT(book.open(), SizeIs(AlertBook::open_max));
  pass(40s, {});
  EXPECT_THAT(book.open(), IsEmpty());
  pass(11s, {inactive("late")});
  pass(40s, {});
  EXPECT_THAT(book.history(), SizeIs(AlertBook::history_max));
  EXPECT_EQ(book.history().front().stream, "late") << "newest first";
}

// --- over a restart of the service: A11

TEST_F(AlertBookTest, an_open_alert_goes_on_after_a_restart_and_ends_with_its_true_duration) {
  pass(20s, {inactive()});
  const std::string text = format_saved_alerts(book.save());
  const auto saved = parse_saved_alerts(text);
  ASSERT_TRUE(saved) << saved.error().reason;
  AlertBook next(settings);
  // Two minutes later, with another monotonic clock.
  const MonoTime again{std::chrono::hours(1)};
  const WallTime wall = wall_start + 140s;
  next.restore(*saved, again, wall);
  ASSERT_THAT(next.open(), SizeIs(1));
  EXPECT_THAT(next.observe({inactive()}, again + 1s, wall + 1s).notices, IsEmpty()) << "it was told already";
  EXPECT_THAT(next.observe({inactive()}, again + 30s, wall + 30s).notices, IsEmpty());
  next.observe({}, again + 40s, wall + 40s);
  const auto outcome = next.observe({}, again + 70s, wall + 70s);
  ASSERT_THAT(outcome.notices, SizeIs(1));
  EXPECT_EQ(outcome.notices[0].kind, Kind::Resolved);
  EXPECT_EQ(outcome.notices[0].alert.id, saved->open[0].id);
  EXPECT_NEAR(std::chrono::duration<double>(outcome.notices[0].alert.duration).count(), 179, 1.1);
}

TEST_F(AlertBookTest, what_was_held_back_is_told_after_a_restart_too) {
  settings.max_alerts = 1;
  book.set_settings(settings);
  tick(0s, many(3));
  tick(10s, many(3));
  AlertBook next(settings);
  next.restore(*parse_saved_alerts(format_saved_alerts(book.save())), start, wall_start);
  EXPECT_EQ(next.held_back(), book.held_back());
  const auto outcome = next.observe(many(3), start + 300s, wall_start + 300s);
  ASSERT_THAT(outcome.notices, SizeIs(1));
  EXPECT_EQ(outcome.notices[0].kind, Kind::Digest);
  EXPECT_EQ(outcome.notices[0].count, 2);
}

TEST_F(AlertBookTest, a_wall_clock_that_was_set_back_makes_no_negative_duration) {
  pass(20s, {inactive()});
  AlertBook next(settings);
  next.restore(book.save(), start, wall_start - 24h);
  next.observe({inactive()}, start + 1s, wall_start - 24h);
  EXPECT_GE(next.open().at(0).duration, 0s);
}

}  // namespace
}  // namespace supervisor
