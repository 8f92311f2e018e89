// The alerts that are open, and those that were: conditions and time in; what changed and what people are to
// be told out. One alert for each rule, stream and subject, from the moment its condition has held long
// enough until it has been gone long enough (timing_of). What comes and goes too often is one flapping alert.
// Notices are bounded: max_alerts in each period of alert_cooldown, a quarter of them kept for critical ones,
// and notices_per_minute_max; what is above is held back and told by one digest at the end of the period, so
// nothing is dropped silently. Pure: both clocks are arguments; the wall clock is only shown.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "supervisor/alerts/alert.h"
#include "supervisor/config/config.h"

namespace supervisor {

struct AlertChange {
  enum class Kind { Opened, StillOpen, Resolved };
  Kind kind = Kind::Opened;
  Alert alert;
};
std::string_view change_name(AlertChange::Kind kind);  // "opened"

// What of a period was not told.
struct HeldBack {
  int count = 0;
  Severity severity = Severity::Info;  // the worst
  std::vector<std::string> lines;      // the first AlertBook::digest_lines_max
  friend bool operator==(const HeldBack&, const HeldBack&) = default;
};

// What goes on after a restart of the service.
struct SavedAlerts {
  static constexpr int version = 1;
  std::vector<Alert> open;
  std::vector<Alert> history;  // newest first
  HeldBack held_back;
  std::uint64_t numbered = 0;
};

class AlertBook {
 public:
  static constexpr std::size_t open_max = 200;
  static constexpr std::size_t history_max = 200;
  static constexpr std::size_t digest_lines_max = 50;
  static constexpr int notices_per_minute_max = 4;  // with the digest: five messages
  static constexpr std::size_t flap_opens = 3;      // openings within flap_window
  static constexpr std::chrono::minutes flap_window{15};
  static constexpr std::chrono::minutes flap_resolve_after{10};

  struct Outcome {
    std::vector<AlertChange> changes;
    std::vector<AlertNotice> notices;
  };

  explicit AlertBook(const Alerts& settings) : settings_(settings) {}
  void set_settings(const Alerts& settings) { settings_ = settings; }

  // `conditions`: all that hold now. Call it regularly, also with none.
  Outcome observe(const std::vector<Condition>& conditions, common::MonoTime now, WallTime wall);

  // A notice for the button.
  AlertNotice make_test(WallTime wall);

  // By the time of opening; durations as of the last observe().
  std::vector<Alert> open() const;
  const std::deque<Alert>& history() const { return history_; }       // newest first
  const HeldBack& held_back() const { return held_; }                 // in the running period
  std::uint64_t held_back_total() const { return held_back_total_; }  // since the start

  SavedAlerts save() const;
  // Before the first observe(). Open alerts go on with their true duration.
  void restore(const SavedAlerts& saved, common::MonoTime now, WallTime wall);

 private:
  using Key = std::tuple<AlertRule, std::string, std::string>;  // rule, stream, subject
  struct Track {
    std::optional<common::MonoTime> since;       // the condition holds; nothing while it does not
    std::optional<common::MonoTime> gone_since;  // of an open alert
    std::optional<Alert> alert;                  // open
    common::MonoTime opened{};
    common::MonoTime told{};  // its last notice, or what stood for one
  };

  void take_condition(const Condition& condition, common::MonoTime now);
  void open_due(const Condition& condition, common::MonoTime now, WallTime wall, Outcome& outcome);
  void keep_open(Track& track, const Condition& condition, common::MonoTime now, WallTime wall,
                 Outcome& outcome);
  bool is_over(const Track& track, common::MonoTime now) const;
  void close(Track& track, bool silently, common::MonoTime now, WallTime wall, Outcome& outcome);
  bool is_superseded(AlertRule rule, const std::string& stream) const;
  bool is_flapping(const Key& key, common::MonoTime now);

  // Gives the notice out, or holds it back.
  void tell(AlertNotice::Kind kind, Alert& alert, common::MonoTime now, WallTime wall, Outcome& outcome);
  bool take_place(Severity severity, common::MonoTime now);
  void digest(common::MonoTime now, WallTime wall, Outcome& outcome);
  std::string next_id(WallTime wall);

  Alerts settings_;
  std::map<Key, Track> tracks_;
  std::map<Key, std::deque<common::MonoTime>> openings_;  // of the last flap_window
  std::deque<Alert> history_;
  HeldBack held_;
  std::uint64_t held_back_total_ = 0;
  std::optional<common::MonoTime> period_;  // its begin
  int told_in_period_ = 0;
  std::deque<common::MonoTime> told_in_minute_;
  std::uint64_t numbered_ = 0;
};

}  // namespace supervisor
