// Keeps the certificate and the key that the listeners speak HTTPS with, and gives the server what has
// changed. Files that do not do (half renewed, of different pairs, expired, gone) leave the former pair in
// use; that is logged once, and an alert tells. Reads them once, at start; later readings it is told
// (certificate_watch.h). Event-loop thread.
#pragma once

#include <memory>
#include <string>

#include "supervisor/config/config.h"
#include "supervisor/credentials/tls_files.h"
#include "supervisor/daemon/certificate_watch.h"
#include "supervisor/http/server.h"

namespace supervisor {

class TlsDesk {
 public:
  // `http` must outlive it.
  explicit TlsDesk(HttpServer& http) : http_(http) {}

  // Before the first listener is opened; reads at once, so not from the running loop. An error: nothing may
  // be served, for it would be in clear. No key: nothing to do, now and later.
  common::Result<void> begin(const Tls& tls);
  // The files were read again. Only files are exchanged: with or without HTTPS is decided by begin().
  void take(const Tls& from, const CertificateWatch::Answer& reading);
  bool is_secured() const { return files_ != nullptr; }

 private:
  // Why it does not replace the pair in use. Empty: it does, or it is the same.
  std::string exchange(const Tls& from, const std::shared_ptr<const TlsFiles>& next);

  HttpServer& http_;
  std::shared_ptr<const TlsFiles> files_;  // in use; null: no HTTPS
  std::string trouble_;                    // the last one that was logged
};

}  // namespace supervisor
