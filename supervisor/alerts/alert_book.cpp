#include "supervisor/alerts/alert_book.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "supervisor/alerts/alert_rules.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;
using Kind = AlertNotice::Kind;

constexpr std::array<std::string_view, 3> change_names = {"opened", "still_open", "resolved"};
constexpr auto budget_minute = 60s;

Milliseconds milliseconds(auto duration) {
  return std::chrono::duration_cast<Milliseconds>(duration);
}

// What tells of the same trouble of a stream, only better.
bool explains(AlertRule better, AlertRule rule) {
  if (rule == AlertRule::StreamInactive) {
    return better == AlertRule::ServiceDown || better == AlertRule::InputExhausted;
  }
  return rule == AlertRule::InputExhausted && better == AlertRule::ServiceDown;
}

std::string duration_text(Milliseconds duration) {
  const auto seconds = duration / 1s;
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
  return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
}

std::string digest_line(Kind kind, const Alert& alert, WallTime wall) {
  std::string line = format_rfc3339(wall) + " " + std::string(kind_name(kind)) + " " +
                     std::string(severity_name(alert.severity)) + " " + headline(alert);
  if (kind == Kind::Resolved) line += " after " + duration_text(alert.duration);
  return line;
}

}  // namespace

std::string_view change_name(AlertChange::Kind kind) {
  return change_names.at(static_cast<std::size_t>(kind));
}

AlertBook::Outcome AlertBook::observe(const std::vector<Condition>& conditions, MonoTime now, WallTime wall) {
  Outcome outcome;
  std::set<Key> held;
  for (const Condition& condition : conditions) {
    const Key key{condition.rule, condition.stream, condition.subject};
    if (!tracks_.contains(key) && tracks_.size() >= open_max) continue;
    held.insert(key);
    take_condition(condition, now);
    open_due(condition, now, wall, outcome);
    keep_open(tracks_[key], condition, now, wall, outcome);
  }
  for (auto at = tracks_.begin(); at != tracks_.end();) {
    auto& [key, track] = *at;
    if (!held.contains(key)) {
      track.since.reset();
      if (track.alert && !track.gone_since) track.gone_since = now;
    }
    if (track.alert) track.alert->duration = milliseconds(now - track.opened);
    if (track.alert && is_superseded(std::get<0>(key), std::get<1>(key))) {
      close(track, true, now, wall, outcome);
    } else if (is_over(track, now)) {
      close(track, false, now, wall, outcome);
    }
    at = track.alert || track.since ? std::next(at) : tracks_.erase(at);
  }
  digest(now, wall, outcome);
  return outcome;
}

void AlertBook::take_condition(const Condition& condition, MonoTime now) {
  Track& track = tracks_[Key{condition.rule, condition.stream, condition.subject}];
  if (!track.since) track.since = now;
  track.gone_since.reset();
}

void AlertBook::open_due(const Condition& condition, MonoTime now, WallTime wall, Outcome& outcome) {
  const Key key{condition.rule, condition.stream, condition.subject};
  Track& track = tracks_[key];
  if (track.alert || now - *track.since < timing_of(condition.rule, settings_).open_after) return;
  if (is_superseded(condition.rule, condition.stream)) return;
  Alert alert;
  alert.id = next_id(wall);
  alert.rule = condition.rule;
  alert.severity = condition.severity;
  alert.stream = condition.stream;
  alert.subject = condition.subject;
  alert.flapping = is_flapping(key, now);
  alert.title = condition.title;
  alert.detail = condition.detail;
  // The trouble began with the condition, not with the patience.
  alert.opened_at = wall - std::chrono::duration_cast<WallTime::duration>(now - *track.since);
  alert.duration = milliseconds(now - *track.since);
  track.opened = *track.since;
  track.alert = std::move(alert);
  tell(Kind::Opened, *track.alert, now, wall, outcome);
  track.told = now;
  outcome.changes.push_back({AlertChange::Kind::Opened, *track.alert});
}

void AlertBook::keep_open(Track& track, const Condition& condition, MonoTime now, WallTime wall,
                          Outcome& outcome) {
  if (!track.alert) return;
  Alert& alert = *track.alert;
  alert.title = condition.title;
  alert.detail = condition.detail;
  alert.duration = milliseconds(now - track.opened);
  const bool worse = condition.severity > alert.severity;
  const bool reminder =
      settings_.reminder_interval.count() > 0 && now - track.told >= settings_.reminder_interval;
  alert.severity = std::max(alert.severity, condition.severity);
  if (!worse && !reminder) return;
  tell(Kind::StillOpen, alert, now, wall, outcome);
  track.told = now;
  outcome.changes.push_back({AlertChange::Kind::StillOpen, alert});
}

bool AlertBook::is_over(const Track& track, MonoTime now) const {
  if (!track.alert || !track.gone_since) return false;
  const Milliseconds after = timing_of(track.alert->rule, settings_).resolve_after;
  return now - *track.gone_since >=
         (track.alert->flapping ? std::max(after, milliseconds(flap_resolve_after)) : after);
}

// It ended when its condition did, not when that was believed.
void AlertBook::close(Track& track, bool silently, MonoTime now, WallTime wall, Outcome& outcome) {
  Alert alert = std::move(*track.alert);
  track.alert.reset();
  const MonoTime ended = track.gone_since.value_or(now);
  track.gone_since.reset();
  alert.open = false;
  alert.duration = std::max(milliseconds(ended - track.opened), Milliseconds(0));
  alert.resolved_at = wall - std::chrono::duration_cast<WallTime::duration>(now - ended);
  if (silently) {
    alert.detail += "; goes on as another alert of this stream";
  } else {
    tell(Kind::Resolved, alert, now, wall, outcome);
  }
  outcome.changes.push_back({AlertChange::Kind::Resolved, alert});
  history_.push_front(std::move(alert));
  if (history_.size() > history_max) history_.pop_back();
}

bool AlertBook::is_superseded(AlertRule rule, const std::string& stream) const {
  return std::any_of(tracks_.begin(), tracks_.end(), [&](const auto& entry) {
    const auto& [key, track] = entry;
    return track.alert && std::get<1>(key) == stream && explains(std::get<0>(key), rule);
  });
}

bool AlertBook::is_flapping(const Key& key, MonoTime now) {
  std::erase_if(openings_, [now](const auto& entry) { return now - entry.second.back() > flap_window; });
  std::deque<MonoTime>& times = openings_[key];
  times.push_back(now);
  while (times.size() > flap_opens) times.pop_front();
  return times.size() == flap_opens && now - times.front() <= flap_window;
}

void AlertBook::tell(Kind kind, Alert& alert, MonoTime now, WallTime wall, Outcome& outcome) {
  // Nobody is told of the end of what nobody was told of.
  const bool unknown = kind == Kind::Resolved && alert.notified == 0;
  if (!unknown && take_place(alert.severity, now)) {
    ++alert.notified;
    AlertNotice notice;
    notice.id = alert.id + "-" + std::to_string(alert.notified);
    notice.kind = kind;
    notice.at = wall;
    notice.alert = alert;
    outcome.notices.push_back(std::move(notice));
    return;
  }
  ++alert.held_back;
  ++held_.count;
  ++held_back_total_;
  held_.severity = std::max(held_.severity, alert.severity);
  if (held_.lines.size() < digest_lines_max) held_.lines.push_back(digest_line(kind, alert, wall));
  if (!period_) period_ = now;  // of a restored alert
}

bool AlertBook::take_place(Severity severity, MonoTime now) {
  if (!period_ || (held_.count == 0 && now - *period_ >= settings_.alert_cooldown)) {
    period_ = now;
    told_in_period_ = 0;
  }
  while (!told_in_minute_.empty() && now - told_in_minute_.front() >= budget_minute)
    told_in_minute_.pop_front();
  const bool critical = severity == Severity::Critical;
  const int all = settings_.max_alerts;
  const int in_period = critical ? all : std::max(1, all - all / 4);
  const int in_minute = critical ? notices_per_minute_max : notices_per_minute_max - 1;
  if (told_in_period_ >= in_period || static_cast<int>(told_in_minute_.size()) >= in_minute) return false;
  ++told_in_period_;
  told_in_minute_.push_back(now);
  return true;
}

// Also begins the next period: it is a message like others.
void AlertBook::digest(MonoTime now, WallTime wall, Outcome& outcome) {
  if (held_.count == 0 || !period_ || now - *period_ < settings_.alert_cooldown) return;
  AlertNotice notice;
  notice.id = next_id(wall) + "-digest";
  notice.kind = Kind::Digest;
  notice.at = wall;
  notice.alert.severity = held_.severity;
  notice.count = held_.count;
  notice.lines = std::move(held_.lines);
  outcome.notices.push_back(std::move(notice));
  held_ = HeldBack();
  period_ = now;
  told_in_period_ = 0;
}

std::string AlertBook::next_id(WallTime wall) {
  char text[48];
  std::snprintf(text, sizeof text, "%013lld-%04llu",
                static_cast<long long>(std::max<std::int64_t>(0, wall.time_since_epoch() / 1ms)),
                static_cast<unsigned long long>(++numbered_ % 10'000));
  return text;
}

AlertNotice AlertBook::make_test(WallTime wall) {
  AlertNotice notice;
  notice.id = next_id(wall) + "-test";
  notice.kind = Kind::Test;
  notice.at = wall;
  notice.alert.severity = Severity::Info;
  return notice;
}

std::vector<Alert> AlertBook::open() const {
  std::vector<Alert> alerts;
  for (const auto& [key, track] : tracks_) {
    if (track.alert) alerts.push_back(*track.alert);
  }
  std::sort(alerts.begin(), alerts.end(), [](const Alert& a, const Alert& b) { return a.id < b.id; });
  return alerts;
}

SavedAlerts AlertBook::save() const {
  return {open(), {history_.begin(), history_.end()}, held_, numbered_};
}

void AlertBook::restore(const SavedAlerts& saved, MonoTime now, WallTime wall) {
  for (const Alert& alert : saved.open) {
    if (tracks_.size() >= open_max) break;
    Track& track = tracks_[Key{alert.rule, alert.stream, alert.subject}];
    track.alert = alert;
    track.alert->open = true;
    // The wall clock may have been set back meanwhile.
    const auto age = std::clamp<WallTime::duration>(wall - alert.opened_at, 0h, 24h * 3650);
    track.opened = now - age;
    track.told = now;
  }
  history_.assign(saved.history.begin(), saved.history.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                     saved.history.size(), history_max)));
  held_ = saved.held_back;
  if (held_.count > 0) period_ = now;
  numbered_ = saved.numbered;
}

}  // namespace supervisor
