// Where alerts are made and sent: looks at a snapshot every monitoring.check_interval, feeds rules and book
// (alerts room, pure) with it, publishes what changed as events, gives what is to be told to the sinks, and
// answers what the HTTP room asks about alerts. One for the daemon; event-loop thread. What is open, what
// was, and what is still to be delivered lie in FOLDER and go on after a restart of the service.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "supervisor/alerts/alert_book.h"
#include "supervisor/alerts/alert_rules.h"
#include "supervisor/alerts/alert_sink.h"
#include "supervisor/daemon/alert_courier.h"
#include "supervisor/daemon/certificate_watch.h"
#include "supervisor/http/services.h"
#include "supervisor/keep/state_writer.h"
#include "supervisor/report/service_facts.h"

namespace supervisor {

struct AlertDeskPlan {
  std::string folder;  // empty: nothing is kept on disk
  std::string host;    // name of this machine
  Config config;
};

class AlertDesk {
 public:
  static constexpr std::chrono::milliseconds look_min{1000};      // a snapshot is not taken more often
  static constexpr std::chrono::seconds sink_trouble_after{120};  // a receiver that fails so long is an alert
  static constexpr std::chrono::seconds test_stage_max{5};        // a test answers within six times that

  // `snapshot`: what is true now, on the event loop. Reads what is kept, for at most half a second.
  AlertDesk(boost::asio::io_context& loop, EventHub& events, AlertDeskPlan plan,
            std::function<Snapshot()> snapshot);
  ~AlertDesk();
  AlertDesk(const AlertDesk&) = delete;
  AlertDesk& operator=(const AlertDesk&) = delete;

  // Begins to look.
  void start();
  // The process ends on purpose: nothing that happens from now on is an alert.
  void stop();
  void apply(const Config& config);
  void fill(Services& services);
  // Of the alerts, what metrics tell.
  void fill(ServiceFacts& facts) const;
  CertificateWatch& certificate() { return certificate_; }

 private:
  using Timer = boost::asio::steady_timer;
  struct Gate;
  struct Test;

  void restore();
  void look();
  void take(AlertBook::Outcome outcome);
  void save();
  AlertFacts facts(common::MonoTime now, WallTime wall) const;
  std::vector<SinkSettings> wanted_sinks() const;
  void set_sinks();
  std::vector<SinkStatus> statuses() const;
  void ping(const Snapshot& snapshot, common::MonoTime now, WallTime wall);
  Carrier carrier() const;
  void begin_test(std::function<void(AlertTestOutcome)> done);
  void end_test();

  boost::asio::io_context& loop_;
  EventHub& events_;
  AlertDeskPlan plan_;
  std::function<Snapshot()> snapshot_;
  std::shared_ptr<Gate> gate_;
  AlertRules rules_;
  AlertBook book_;
  StateWriter writer_;
  AlertCourier courier_;
  std::vector<std::unique_ptr<AlertSink>> sinks_;
  std::optional<common::MonoTime> pinged_;
  std::shared_ptr<Test> test_;  // null: none is running
  std::string saved_;           // the last text given to the writer
  CertificateWatch certificate_;
  Timer timer_;
  bool stopping_ = false;
};

}  // namespace supervisor
