// What is wrong now: a snapshot and the time in, conditions out. Judges values only; how long a condition has
// to hold before anybody is told, and how long it must be gone, is applied by alert_book with timing_of().
// Remembers what a rule needs to remember: whether a value was already too high (two levels each, so that a
// value at its limit does not flicker; those of the machine come with the snapshot), and when workers were
// started. Pure: time is an argument.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "supervisor/alerts/alert.h"
#include "supervisor/config/config.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

// What the rules look at beside the snapshot.
struct AlertFacts {
  struct Trouble {
    std::string subject;  // what is in trouble: "webhook-1", "the history of alerts"
    std::string reason;
  };
  struct Certificate {
    double days_left = 0;
    std::string error;  // why the certificate cannot be used; empty: days_left counts
  };
  std::vector<Trouble> alerting;                // sinks and files of alerting itself
  std::optional<Certificate> certificate = {};  // server.tls.certificate; nothing: none, or not read yet
};

struct RuleTiming {
  Milliseconds open_after;     // a condition holds so long before it is an alert
  Milliseconds resolve_after;  // and is gone so long before the alert is resolved
};
RuleTiming timing_of(AlertRule rule, const Alerts& alerts);

class AlertRules {
 public:
  static constexpr double disk_critical_percent = 95;
  static constexpr double disk_hysteresis_percent = 2;
  static constexpr double worker_limit_part = 0.9;  // of limits.worker_*, where the worker is replaced
  static constexpr double worker_limit_clear_part = 0.8;
  static constexpr double certificate_warn_days = 14;
  static constexpr double certificate_critical_days = 2;

  explicit AlertRules(const Config& config) { set_config(config); }
  void set_config(const Config& config);

  // In the order of AlertRule.
  std::vector<Condition> observe(const Snapshot& snapshot, const AlertFacts& facts, common::MonoTime now);

  // Workers in restart.restart_window that are too many: half of what leads to a hold, at least 3.
  static int restarts_max(const Restart& restart);

 private:
  struct Restarts {
    std::uint64_t seen = 0;
    std::deque<common::MonoTime> at;  // of the last restarts, bounded
  };

  // Whether `value` is too high: from `on` upwards, until it falls below `off`.
  bool is_high(const std::string& what, double value, double on, double off);
  void judge_stream(const StreamSnapshot& stream, common::MonoTime now, std::vector<Condition>& out);
  void judge_worker(const StreamSnapshot& stream, const Stream& config, std::vector<Condition>& out);
  void judge_restarts(const StreamSnapshot& stream, const Restart& restart, common::MonoTime now,
                      std::vector<Condition>& out);
  void judge_machine(const SystemSnapshot& system, std::vector<Condition>& out);
  void judge_disk(const SystemSnapshot& system, std::vector<Condition>& out);
  static void judge_certificate(const AlertFacts::Certificate& certificate, std::vector<Condition>& out);
  void judge_service(const Snapshot& snapshot, const AlertFacts& facts, std::vector<Condition>& out);

  Monitoring monitoring_;
  std::map<std::string, Stream> streams_;
  int max_errors_ = 0;
  std::set<std::string> high_;
  std::map<std::string, Restarts> restarts_;
};

}  // namespace supervisor
