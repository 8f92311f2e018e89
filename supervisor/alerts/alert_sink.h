// SHELL: one receiver of alerts with a thread of its own, so that a receiver that hangs delays nobody else.
// Its queue lies in FOLDER/queue-NAME.json and outlives the process; what was given to it is delivered at
// least once, with the same id. Settings may change at any time and hold from the next attempt on. All
// functions: any thread, and none of them waits for the receiver or for the disk.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "supervisor/alerts/alert.h"
#include "supervisor/alerts/delivery_job.h"
#include "supervisor/alerts/sink_status.h"
#include "supervisor/config/config.h"

namespace supervisor {

struct SinkSettings {
  std::string name;  // also of its file: a-z, 0-9, _ and -
  SinkKind kind = SinkKind::Json;
  bool enabled = false;
  Severity min_severity = Severity::Info;
  std::string host;  // of this machine, for the texts
  std::chrono::milliseconds retry_delay{10'000};
  std::chrono::seconds stage_timeout{10};
  EmailAlerts email;      // Email
  WebhookAlerts webhook;  // Slack, Discord, Json, DeadMan
  friend bool operator==(const SinkSettings&, const SinkSettings&) = default;
};

inline constexpr int stages_in_total = 6;  // the whole delivery may take so many times the stage

// Carries a job out and blocks until it is done; any thread.
using Carrier = std::function<Delivery(const DeliveryJob&)>;

// One attempt, here and now; reads what secrets it needs: blocks on the disk.
common::Result<DeliveryJob> delivery_job(const SinkSettings& settings, const AlertNotice& notice);
Delivery deliver(const SinkSettings& settings, const AlertNotice& notice, const Carrier& carrier);

class AlertSink {
 public:
  static constexpr std::chrono::milliseconds stop_wait{300};
  static constexpr std::chrono::minutes warning_interval{60};  // the same sentence is not logged more often

  // `folder`: made when it is missing; empty: the queue lives in memory only. `carrier`, `log`: called on its
  // thread.
  using Log = std::function<void(bool warning, const std::string& text)>;
  AlertSink(SinkSettings settings, const std::string& folder, Carrier carrier, Log log);
  ~AlertSink();  // stop(), and waits for its end until stop_wait after that
  AlertSink(const AlertSink&) = delete;
  AlertSink& operator=(const AlertSink&) = delete;

  // What is under way stays in the queue unless it is done within stop_wait; nothing is sent any more. Stop
  // all and let their carrier answer before the first one is destroyed, then they end together.
  void stop();

  void set_settings(SinkSettings settings);
  SinkSettings settings() const;
  // A sink that is not enabled, or a notice below its min_severity: nothing is done. A dead man's sink is
  // pinged by it: at most one ping waits.
  void send(AlertNotice notice);
  SinkStatus status() const;
  std::string storage_error() const;  // of the queue's file; empty: fine

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace supervisor
