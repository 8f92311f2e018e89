// Looks after a certificate, and its key if there is one: reads the files again every interval on a thread of
// its own, so that a renewal is seen and a disk that hangs holds up nobody. It tells, and exchanges nothing
// (tls_desk.h). Event-loop thread. Without a file there is no thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "common/time_grid.h"
#include "supervisor/alerts/alert_rules.h"
#include "supervisor/alerts/certificate_file.h"
#include "supervisor/config/config.h"
#include "supervisor/http/side_thread.h"

namespace supervisor {

class CertificateWatch {
 public:
  static constexpr std::chrono::seconds interval{10};
  static constexpr std::chrono::seconds patience{30};  // a reading that takes longer is told

  explicit CertificateWatch(boost::asio::io_context& loop) : thread_(loop) {}

  // No certificate: none is looked after. No key: a proxy has it.
  void set_files(const Tls& tls);
  // Often; reads when it is time.
  void look(common::MonoTime now);
  // Nothing: none is configured, or it was not read yet.
  std::optional<AlertFacts::Certificate> facts(common::MonoTime now, WallTime wall) const;

 private:
  using Answer = common::Result<CertificateTerm>;

  Tls tls_;
  std::optional<Answer> last_;
  std::optional<common::MonoTime> asked_;  // when the reading that runs, or ran, was begun
  bool reading_ = false;
  SideThread thread_;  // last: its callbacks use the others
};

}  // namespace supervisor
