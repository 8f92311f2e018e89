#include "supervisor/daemon/alert_desk.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <mutex>

#include "common/redact.h"
#include "common/threads.h"
#include "supervisor/alerts/alert_json.h"
#include "supervisor/daemon/service_facts.h"
#include "supervisor/report/status_json.h"

namespace supervisor {
namespace {

using namespace std::chrono_literals;
using common::MonoTime;

constexpr std::size_t state_bytes_max = 4u << 20;

MonoTime mono_now() {
  return std::chrono::steady_clock::now();
}
WallTime wall_now() {
  return std::chrono::system_clock::now();
}

// Before the writer, which does not make it.
std::string made(const std::string& folder) {
  if (!folder.empty()) ::mkdir(folder.c_str(), 0700);
  return folder;
}

SinkKind kind_of(const std::string& format) {
  if (format == "slack") return SinkKind::Slack;
  return format == "discord" ? SinkKind::Discord : SinkKind::Json;
}

void log_line(bool warning, const std::string& text) {
  spdlog::log(warning ? spdlog::level::warn : spdlog::level::info, "alerts: {}", common::redact(text));
}

bool all_is_well(const Snapshot& snapshot) {
  return std::none_of(snapshot.streams.begin(), snapshot.streams.end(), &is_failing);
}

}  // namespace

// Threads of a test may outlive the loop.
struct AlertDesk::Gate {
  std::mutex mutex;
  boost::asio::io_context* loop = nullptr;

  void post(std::function<void()> call) {
    const std::lock_guard lock(mutex);
    if (loop) boost::asio::post(*loop, std::move(call));
  }
};

struct AlertDesk::Test {
  std::vector<SinkTestResult> results;  // in the order of the sinks
  std::size_t left = 0;
  std::function<void(AlertTestOutcome)> done;
};

AlertDesk::AlertDesk(boost::asio::io_context& loop, EventHub& events, AlertDeskPlan plan,
                     std::function<Snapshot()> snapshot)
    : loop_(loop),
      events_(events),
      plan_(std::move(plan)),
      snapshot_(std::move(snapshot)),
      gate_(std::make_shared<Gate>()),
      rules_(plan_.config),
      book_(plan_.config.alerts),
      writer_(made(plan_.folder)),
      courier_(loop),
      certificate_(loop),
      timer_(loop) {
  certificate_.set_files(plan_.config.server.tls);
  gate_->loop = &loop;
  restore();
  set_sinks();
}

AlertDesk::~AlertDesk() {
  for (const auto& sink : sinks_) sink->stop();
  courier_.stop();
  const std::lock_guard lock(gate_->mutex);
  gate_->loop = nullptr;
}

void AlertDesk::restore() {
  if (plan_.folder.empty()) return;
  const std::string path = plan_.folder + "/state.json";
  const auto text = read_soon(path, state_bytes_max);
  if (!text) {
    if (text.error().system_errno != ENOENT)
      log_line(true, text.error().reason + "; the history begins anew");
    return;
  }
  const auto saved = parse_saved_alerts(*text);
  if (!saved) return log_line(true, path + ": " + saved.error().reason + "; the history begins anew");
  book_.restore(*saved, mono_now(), wall_now());
}

void AlertDesk::start() {
  look();
}

void AlertDesk::stop() {
  stopping_ = true;
  timer_.cancel();
  certificate_.stop();
  save();
  for (const auto& sink : sinks_) sink->stop();
  courier_.stop();
}

void AlertDesk::apply(const Config& config) {
  plan_.config = config;
  rules_.set_config(config);
  certificate_.set_files(config.server.tls);
  book_.set_settings(config.alerts);
  set_sinks();
}

void AlertDesk::look() {
  if (stopping_) return;
  const Snapshot snapshot = snapshot_();
  const MonoTime now = mono_now();
  const WallTime wall = wall_now();
  take(book_.observe(rules_.observe(snapshot, facts(now, wall), now), now, wall));
  ping(snapshot, now, wall);
  timer_.expires_after(std::max(plan_.config.monitoring.check_interval, look_min));
  timer_.async_wait([this](boost::system::error_code failure) {
    if (!failure) look();
  });
}

void AlertDesk::take(AlertBook::Outcome outcome) {
  for (const AlertChange& change : outcome.changes) {
    const Alert& alert = change.alert;
    log_line(change.kind != AlertChange::Kind::Resolved && alert.severity != Severity::Info,
             std::string(change_name(change.kind)) + " " + std::string(severity_name(alert.severity)) + ": " +
                 headline(alert) + (alert.open && !alert.detail.empty() ? " (" + alert.detail + ")" : ""));
    events_.publish("alert", alert_event_json(change));
  }
  for (const AlertNotice& notice : outcome.notices) {
    for (const auto& sink : sinks_) {
      if (sink->settings().kind != SinkKind::DeadMan) sink->send(notice);
    }
  }
  if (!outcome.changes.empty() || !outcome.notices.empty()) save();
}

void AlertDesk::save() {
  std::string text = format_saved_alerts(book_.save());
  if (text == saved_) return;
  saved_ = text;
  writer_.offer(std::move(text));
}

AlertFacts AlertDesk::facts(MonoTime now, WallTime wall) const {
  AlertFacts facts;
  for (const SinkStatus& sink : statuses()) {
    if (sink.failing_seconds < std::chrono::duration<double>(sink_trouble_after).count()) continue;
    facts.alerting.push_back({sink.name, "it is not reached: " + sink.last_error});
  }
  for (const auto& sink : sinks_) {
    if (const std::string error = sink->storage_error(); !error.empty()) {
      facts.alerting.push_back({"the queue of " + sink->settings().name, error});
    }
  }
  if (const std::string error = writer_.error(); !error.empty()) {
    facts.alerting.push_back({"the history of alerts", error});
  }
  facts.certificate = certificate_.facts(now, wall);
  return facts;
}

std::vector<SinkSettings> AlertDesk::wanted_sinks() const {
  const Alerts& alerts = plan_.config.alerts;
  SinkSettings common;
  common.host = plan_.host;
  common.retry_delay = alerts.retry_delay;
  common.stage_timeout = std::chrono::seconds(alerts.reply_timeout);
  std::vector<SinkSettings> wanted;
  SinkSettings& email = wanted.emplace_back(common);
  email.name = "email";
  email.kind = SinkKind::Email;
  email.enabled = alerts.email_alerts.enabled;
  email.min_severity = parse_severity(alerts.email_alerts.min_severity).value_or(Severity::Info);
  email.email = alerts.email_alerts;
  for (std::size_t i = 0; i < alerts.webhook_alerts.size(); ++i) {
    SinkSettings& webhook = wanted.emplace_back(common);
    webhook.name = "webhook-" + std::to_string(i + 1);
    webhook.webhook = alerts.webhook_alerts[i];
    webhook.kind = kind_of(webhook.webhook.format);
    webhook.enabled = webhook.webhook.enabled;
    webhook.min_severity = parse_severity(webhook.webhook.min_severity).value_or(Severity::Info);
  }
  const DeadManPing& given = alerts.dead_man;
  SinkSettings& dead_man = wanted.emplace_back(common);
  dead_man.name = "dead_man";
  dead_man.kind = SinkKind::DeadMan;
  dead_man.enabled = !given.url.empty() || !given.url_file.empty();
  dead_man.webhook.url = given.url;
  dead_man.webhook.url_file = given.url_file;
  dead_man.webhook.allow_private = given.allow_private;
  dead_man.webhook.ca_file = given.ca_file;
  return wanted;
}

// A sink has a thread from the first time it is enabled; one that is no longer listed is switched off.
void AlertDesk::set_sinks() {
  const std::vector<SinkSettings> wanted = wanted_sinks();
  for (const auto& sink : sinks_) {
    SinkSettings settings = sink->settings();
    const bool listed = std::any_of(wanted.begin(), wanted.end(),
                                    [&](const SinkSettings& other) { return other.name == settings.name; });
    if (listed) continue;
    settings.enabled = false;
    sink->set_settings(std::move(settings));
  }
  for (const SinkSettings& settings : wanted) {
    const auto known = std::find_if(sinks_.begin(), sinks_.end(),
                                    [&](const auto& sink) { return sink->settings().name == settings.name; });
    if (known != sinks_.end()) {
      (*known)->set_settings(settings);
    } else if (settings.enabled) {
      sinks_.push_back(std::make_unique<AlertSink>(settings, plan_.folder, carrier(), &log_line));
    }
  }
}

Carrier AlertDesk::carrier() const {
  return [desk = courier_.desk()](const DeliveryJob& job) { return AlertCourier::carry(desk, job); };
}

std::vector<SinkStatus> AlertDesk::statuses() const {
  std::vector<SinkStatus> all;
  for (const SinkSettings& settings : wanted_sinks()) {
    const auto known = std::find_if(sinks_.begin(), sinks_.end(),
                                    [&](const auto& sink) { return sink->settings().name == settings.name; });
    if (known != sinks_.end()) {
      all.push_back((*known)->status());
    } else {
      SinkStatus off;
      off.name = settings.name;
      off.kind = settings.kind;
      all.push_back(std::move(off));
    }
  }
  return all;
}

void AlertDesk::ping(const Snapshot& snapshot, MonoTime now, WallTime wall) {
  if (!all_is_well(snapshot)) return;
  if (pinged_ && now - *pinged_ < plan_.config.alerts.dead_man.interval) return;
  for (const auto& sink : sinks_) {
    if (sink->settings().kind != SinkKind::DeadMan) continue;
    pinged_ = now;
    sink->send(book_.make_test(wall));
  }
}

void AlertDesk::fill(Services& services) {
  services.alerts_json = [this] { return alerts_json(book_, statuses()); };
  services.alerts_test = [this](std::function<void(AlertTestOutcome)> done) { begin_test(std::move(done)); };
}

void AlertDesk::fill(ServiceFacts& facts) const {
  facts.alerts = alert_counts(book_.open());
  for (const SinkStatus& sink : statuses())
    facts.notices.push_back({sink.name, sink.delivered, sink.failed - sink.dropped, sink.dropped});
  facts.notices_held_back = book_.held_back_total();
}

// Past the queues and their waits, each on a thread of its own: one that hangs delays no other.
void AlertDesk::begin_test(std::function<void(AlertTestOutcome)> done) {
  using Kind = AlertTestOutcome::Kind;
  if (test_) return done({Kind::Refused, {}, "A test is running. Wait until it is over."});
  std::vector<SinkSettings> enabled = wanted_sinks();
  std::erase_if(enabled, [](const SinkSettings& settings) { return !settings.enabled; });
  if (enabled.empty()) {
    return done(
        {Kind::Refused,
         {},
         "No receiver is enabled. Set alerts.email_alerts or alerts.webhook_alerts in the configuration."});
  }
  test_ = std::make_shared<Test>();
  test_->results.resize(enabled.size());
  test_->left = enabled.size();
  test_->done = std::move(done);
  const AlertNotice notice = book_.make_test(wall_now());
  for (std::size_t i = 0; i < enabled.size(); ++i) {
    enabled[i].stage_timeout = std::min(enabled[i].stage_timeout, test_stage_max);
    const auto tell = [this, i, test = test_](SinkTestResult result) {
      test->results[i] = std::move(result);
      if (--test->left == 0) end_test();
    };
    std::thread thread;
    const auto started =
        common::start_thread(thread, [notice, settings = enabled[i], carry = carrier(), gate = gate_, tell] {
          const MonoTime began = mono_now();
          const Delivery delivery = deliver(settings, notice, carry);
          const auto took = mono_now() - began;
          gate->post([settings, delivery, took, tell] {
            tell({settings.name, settings.kind, delivery.kind == Delivery::Kind::Done, took / 1ms,
                  common::redact(delivery.error)});
          });
        });
    if (started) {
      thread.detach();
    } else {
      gate_->post([settings = enabled[i], why = started.error().reason, tell] {
        tell({settings.name, settings.kind, false, 0, why});
      });
    }
  }
}

void AlertDesk::end_test() {
  const auto test = std::exchange(test_, nullptr);
  test->done({AlertTestOutcome::Kind::Done, alert_test_json(test->results), {}});
}

}  // namespace supervisor
