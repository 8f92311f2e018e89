// Keeps the certificate and the key that the listeners speak HTTPS with: reads both files again every
// interval and with every new configuration, on a thread of its own, and gives the server what has changed.
// Files that do not do (half renewed, of different pairs, expired, gone) leave the former pair in use; that
// is logged once, and an alert tells (certificate_watch.h). Event-loop thread. Without a key there is no
// thread and no timer.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <string>

#include "supervisor/config/config.h"
#include "supervisor/credentials/tls_files.h"
#include "supervisor/http/server.h"
#include "supervisor/http/side_thread.h"

namespace supervisor {

class TlsDesk {
 public:
  static constexpr std::chrono::seconds interval{10};

  // `http` must outlive it.
  TlsDesk(boost::asio::io_context& loop, HttpServer& http) : http_(http), timer_(loop), thread_(loop) {}

  // Before the first listener is opened; reads at once, so not from the running loop. An error: nothing may
  // be served, for it would be in clear.
  common::Result<void> begin(const Tls& tls);
  // A new configuration. Only files are exchanged: with or without HTTPS is decided by begin().
  void apply(const Tls& tls);
  void stop();
  bool is_secured() const { return !files_.certificate.empty(); }

 private:
  void look();
  void look_later();
  // Why it does not replace the pair in use: that is valid now, and this is not. Empty: it may.
  std::string worse_than_used(const TlsFiles& next, const std::string& path) const;
  void take(const Tls& from, common::Result<TlsFiles> read);

  HttpServer& http_;
  Tls tls_;
  TlsFiles files_;       // in use
  std::string trouble_;  // the last one that was logged
  bool reading_ = false;
  bool again_ = false;  // other files were named meanwhile
  boost::asio::steady_timer timer_;
  SideThread thread_;  // last: its callbacks use the others
};

}  // namespace supervisor
