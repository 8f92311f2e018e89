// The one reader of the certificate that clients are shown, and of its key if there is one: reads both every
// interval and with every new configuration, on a thread of its own, so that a renewal is seen and a disk
// that hangs holds up nobody. Alerts have facts() of it; the pair goes to whom it is told (tls_desk.h).
// Event-loop thread. Without a file there is no thread and no timer.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/time_grid.h"
#include "supervisor/alerts/alert_rules.h"
#include "supervisor/alerts/certificate_file.h"
#include "supervisor/config/config.h"
#include "supervisor/credentials/tls_files.h"
#include "supervisor/http/side_thread.h"

namespace supervisor {

struct CertificateReading {
  std::shared_ptr<const TlsFiles> pair;  // null: no key, a proxy has it
  CertificateTerm term;
};

class CertificateWatch {
 public:
  static constexpr std::chrono::seconds interval{10};
  static constexpr std::chrono::seconds patience{30};  // a reading that takes longer is told
  using Answer = common::Result<CertificateReading>;

  explicit CertificateWatch(boost::asio::io_context& loop) : timer_(loop), thread_(loop) {}

  // No certificate: none is looked after. Reads at once.
  void set_files(const Tls& tls);
  // Told each reading of the files that are set.
  void on_reading(std::function<void(const Tls&, const Answer&)> callback) { told_ = std::move(callback); }
  void stop();
  // Nothing: none is configured, or it was not read yet.
  std::optional<AlertFacts::Certificate> facts(common::MonoTime now, WallTime wall) const;

 private:
  void look();
  void take(const Tls& from, Answer answer);

  Tls tls_;
  std::optional<Answer> last_;
  common::MonoTime asked_{};  // when the reading that runs, or ran, was begun
  bool reading_ = false;
  std::function<void(const Tls&, const Answer&)> told_;
  boost::asio::steady_timer timer_;
  SideThread thread_;  // last: its callbacks use the others
};

}  // namespace supervisor
