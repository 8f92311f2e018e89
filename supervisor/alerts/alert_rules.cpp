#include "supervisor/alerts/alert_rules.h"

#include <algorithm>
#include <cmath>

#include "common/redact.h"
#include "supervisor/report/status_json.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;
using OnAir = StreamSnapshot::OnAir;

constexpr Milliseconds load_time = 60s;         // a machine may be busy for so long
constexpr Milliseconds without_delay_max = 2s;  // what never mends itself in a moment

constexpr std::size_t title_bytes_max = 120;
constexpr std::size_t detail_bytes_max = 500;

std::string whole(double value) {
  return std::to_string(static_cast<std::int64_t>(std::llround(value)));
}

Condition condition(AlertRule rule, Severity severity, std::string stream, std::string subject) {
  Condition made;
  made.rule = rule;
  made.severity = severity;
  made.stream = std::move(stream);
  made.subject = std::move(subject);
  return made;
}

// What workers and files say goes to people and to other services: nothing secret, nothing unprintable.
void add(std::vector<Condition>& out, Condition made, const std::string& title, const std::string& detail) {
  made.title = common::outside_text(title, title_bytes_max);
  made.detail = common::outside_text(detail, detail_bytes_max);
  out.push_back(std::move(made));
}

std::string_view shown_instead(OnAir on_air) {
  switch (on_air) {
    case OnAir::Slate:
      return "viewers see the slate";
    case OnAir::Bridge:
      return "viewers see the last picture, standing still";
    case OnAir::Nothing:
    case OnAir::Picture:
      break;
  }
  return "viewers see nothing";
}

// Another input than the best one is on air, and nobody asked for it.
bool is_on_backup(const StreamSnapshot& stream) {
  return stream.on_air == OnAir::Picture && stream.active_input > 0 && !stream.exhausted &&
         !stream.override_input && !stream.paused;
}

std::string on_backup_text(const StreamSnapshot& stream) {
  std::string text;
  for (const InputSnapshot& input : stream.inputs) {
    if (input.priority == stream.active_input)
      text += "on air: input " + std::to_string(input.priority) + " (" + input.name + ")";
  }
  for (const InputSnapshot& input : stream.inputs) {
    if (input.priority >= stream.active_input || input.errors.empty()) continue;
    text += "; input " + std::to_string(input.priority) + " (" + input.name +
            "): " + input.errors.front().message;
  }
  return text;
}

std::string input_errors(const StreamSnapshot& stream) {
  std::string text;
  for (const InputSnapshot& input : stream.inputs) {
    if (input.errors.empty()) continue;
    if (!text.empty()) text += "; ";
    text +=
        "input " + std::to_string(input.priority) + " (" + input.name + "): " + input.errors.front().message;
  }
  return text.empty() ? stream.reason : text;
}

// Nothing that the supervisor does by itself within seconds is left to do.
bool is_down(const StreamSnapshot& stream) {
  return stream.state == "blocked" || stream.state == "hold";
}

}  // namespace

RuleTiming timing_of(AlertRule rule, const Alerts& alerts) {
  const Milliseconds open = alerts.open_after, resolve = alerts.resolve_after;
  switch (rule) {
    case AlertRule::ServiceDown:
    case AlertRule::Unkillable:
    case AlertRule::FrequentRestarts:
    case AlertRule::HighErrorCount:
      return {std::min(open, without_delay_max), resolve};
    case AlertRule::HighResourceUse:
      return {std::max(open, load_time), std::max(resolve, load_time)};
    case AlertRule::MonitoringError:
    case AlertRule::InputExhausted:
    case AlertRule::StreamInactive:
    case AlertRule::BackupInput:
    case AlertRule::FallbackEncoder:
    case AlertRule::Disk:
    case AlertRule::Certificate:
      break;
  }
  return {open, resolve};
}

void AlertRules::set_config(const Config& config) {
  monitoring_ = config.monitoring;
  streams_.clear();
  for (const Stream& stream : config.streams) streams_[stream.name] = stream;
  max_errors_ = config.streams.empty() ? Errors().max_errors : config.streams.front().errors.max_errors;
}

int AlertRules::restarts_max(const Restart& restart) {
  return std::max(3, restart.max_restarts / 2);
}

bool AlertRules::is_high(const std::string& what, double value, double on, double off) {
  const bool high = value >= on || (value > off && high_.contains(what));
  if (high) {
    high_.insert(what);
  } else {
    high_.erase(what);
  }
  return high;
}

std::vector<Condition> AlertRules::observe(const Snapshot& snapshot, const AlertFacts& facts, MonoTime now) {
  std::vector<Condition> out;
  for (const StreamSnapshot& stream : snapshot.streams) judge_stream(stream, now, out);
  judge_service(snapshot, facts, out);
  judge_machine(snapshot.system, out);
  judge_disk(snapshot.system, out);
  std::stable_sort(out.begin(), out.end(),
                   [](const Condition& a, const Condition& b) { return a.rule < b.rule; });
  return out;
}

void AlertRules::judge_stream(const StreamSnapshot& stream, MonoTime now, std::vector<Condition>& out) {
  const auto found = streams_.find(stream.name);
  const Stream config = found == streams_.end() ? Stream{} : found->second;
  const std::string& name = stream.name;
  if (stream.unkillable > 0) {
    add(out, condition(AlertRule::Unkillable, Severity::Critical, name, ""), "a worker cannot be ended",
        std::to_string(stream.unkillable) +
            " killed and still there; it waits for a device or a disk that does not answer");
  }
  judge_restarts(stream, config.restart, now, out);
  if (!stream.mirror_error.empty()) {
    add(out, condition(AlertRule::Disk, Severity::Warning, name, "output_dir"), "output_dir is not written",
        stream.mirror_error);
  }
  if (!stream.desired_up) return;
  if (is_down(stream)) {
    add(out, condition(AlertRule::ServiceDown, Severity::Critical, name, ""),
        "the stream is down (" + stream.state + ")",
        stream.reason + "; " + std::string(shown_instead(stream.on_air)));
  } else if (is_failing(stream) && stream.exhausted) {
    add(out, condition(AlertRule::InputExhausted, Severity::Warning, name, ""),
        "no input works, the slate is on air", input_errors(stream));
  } else if (is_failing(stream)) {
    add(out, condition(AlertRule::StreamInactive, Severity::Warning, name, ""),
        "the stream does not show its picture",
        (stream.reason.empty() ? "" : stream.reason + "; ") + std::string(shown_instead(stream.on_air)));
  }
  if (is_on_backup(stream)) {
    add(out, condition(AlertRule::BackupInput, Severity::Warning, name, ""), "not the first input is on air",
        on_backup_text(stream));
  }
  if (stream.on_air == OnAir::Picture && stream.self_probe_ok == false) {
    add(out, condition(AlertRule::MonitoringError, Severity::Critical, name, "self_probe"),
        "the service's own player cannot play", stream.self_probe_error);
  }
  if (stream.state == "degraded" && !stream.encoder_fallback_reason.empty()) {
    add(out, condition(AlertRule::FallbackEncoder, Severity::Warning, name, ""),
        "encoding with " + stream.encoder + " instead of the hardware", stream.encoder_fallback_reason);
  }
  if (monitoring_.auto_recovery.resource_monitoring) judge_worker(stream, config, out);
}

void AlertRules::judge_restarts(const StreamSnapshot& stream, const Restart& restart, MonoTime now,
                                std::vector<Condition>& out) {
  Restarts& known = restarts_[stream.name];
  const auto limit = static_cast<std::size_t>(restarts_max(restart));
  const std::uint64_t more = stream.restart_count > known.seen ? stream.restart_count - known.seen : 0;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(more, limit); ++i) known.at.push_back(now);
  known.seen = stream.restart_count;
  while (known.at.size() > limit) known.at.pop_front();
  while (!known.at.empty() && now - known.at.front() > restart.restart_window) known.at.pop_front();
  if (known.at.size() < limit) return;
  add(out, condition(AlertRule::FrequentRestarts, Severity::Critical, stream.name, ""),
      "the worker is replaced again and again",
      "at least " + std::to_string(limit) + " times in " +
          whole(std::chrono::duration<double>(restart.restart_window).count()) +
          " s; the last one: " + stream.last_exit);
}

void AlertRules::judge_worker(const StreamSnapshot& stream, const Stream& config,
                              std::vector<Condition>& out) {
  const auto judge = [&](const std::string& subject, const char* what, double value, int limit,
                         const char* unit) {
    if (limit <= 0 || !is_high(stream.name + " " + subject, value, limit * worker_limit_part,
                               limit * worker_limit_clear_part)) {
      return;
    }
    add(out, condition(AlertRule::HighResourceUse, Severity::Warning, stream.name, subject),
        std::string("the worker takes much ") + what,
        whole(value) + unit + " of " + std::to_string(limit) + unit + ", where it is replaced");
  };
  judge("worker_memory", "memory", stream.worker_rss_mb, config.limits.worker_memory_mb, " MiB");
  judge("worker_cpu", "CPU", stream.worker_cpu_percent, config.limits.worker_cpu_percent, " %");
}

void AlertRules::judge_machine(const SystemSnapshot& system, std::vector<Condition>& out) {
  if (!monitoring_.auto_recovery.resource_monitoring) return;
  const auto judge = [&](const char* subject, const char* title, bool high, double percent, int limit) {
    if (!high) return;
    add(out, condition(AlertRule::HighResourceUse, Severity::Warning, "", subject), title,
        whole(percent) + " % in use; the limit is " + std::to_string(limit) + " %");
  };
  judge("cpu", "the CPU of the machine is busy", system.cpu_high, system.cpu_percent,
        monitoring_.cpu_warn_percent);
  judge("memory", "the memory of the machine is nearly used up", system.memory_high, system.memory_percent,
        monitoring_.memory_warn_percent);
}

void AlertRules::judge_disk(const SystemSnapshot& system, std::vector<Condition>& out) {
  const double used = system.disk_usage_percent;
  const double critical = std::max<double>(disk_critical_percent, monitoring_.disk_warn_percent);
  const bool nearly_full = is_high("disk", used, critical, critical - disk_hysteresis_percent);
  if (!system.disk_high && !nearly_full) return;
  add(out, condition(AlertRule::Disk, nearly_full ? Severity::Critical : Severity::Warning, "", "machine"),
      nearly_full ? "the disk is nearly full" : "the disk is filling up", whole(used) + " % in use");
}

void AlertRules::judge_service(const Snapshot& snapshot, const AlertFacts& facts,
                               std::vector<Condition>& out) {
  const double errors = static_cast<double>(snapshot.recent_errors);
  if (is_high("errors", errors, max_errors_ + 1, max_errors_ / 2.0)) {
    add(out, condition(AlertRule::HighErrorCount, Severity::Warning, "", ""), "many errors",
        whole(errors) + " within errors.error_window, " + std::to_string(max_errors_) +
            " are tolerated; the last one: " + snapshot.last_error);
  }
  if (!snapshot.config_error.empty()) {
    add(out, condition(AlertRule::MonitoringError, Severity::Critical, "", "configuration"),
        "the new configuration was refused", snapshot.config_error + "; the one before stays in force");
  }
  for (const AlertFacts::Trouble& trouble : facts.alerting) {
    add(out, condition(AlertRule::MonitoringError, Severity::Critical, "", trouble.subject),
        "alerting is degraded: " + trouble.subject, trouble.reason);
  }
  if (facts.certificate) judge_certificate(*facts.certificate, out);
}

void AlertRules::judge_certificate(const AlertFacts::Certificate& certificate, std::vector<Condition>& out) {
  const auto told = [&out](Severity severity, const std::string& title, const std::string& detail) {
    add(out, condition(AlertRule::Certificate, severity, "", ""), title, detail);
  };
  const double left = certificate.days_left;
  if (!certificate.error.empty()) {
    told(Severity::Critical, "the certificate of the service cannot be used", certificate.error);
  } else if (left <= 0) {
    told(Severity::Critical, "the certificate of the service has expired",
         "clients refuse it; renew server.tls.certificate");
  } else if (left < certificate_warn_days) {
    told(left < certificate_critical_days ? Severity::Critical : Severity::Warning,
         "the certificate of the service expires soon",
         "in " + whole(std::floor(left)) + " days; renew server.tls.certificate");
  }
}

}  // namespace supervisor
