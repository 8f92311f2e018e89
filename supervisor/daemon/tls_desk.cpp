#include "supervisor/daemon/tls_desk.h"

#include <spdlog/spdlog.h>

#include <chrono>

#include "supervisor/report/wall_time.h"

namespace supervisor {

common::Result<void> TlsDesk::begin(const Tls& tls) {
  if (tls.key.empty()) return {};
  auto read = read_tls_files(tls.certificate, tls.key);
  if (!read) return read.error();
  auto context = TlsContext::make(read->certificate, read->key);
  if (!context) return common::error(tls.certificate + ": " + context.error().reason);
  files_ = std::make_shared<const TlsFiles>(std::move(*read));
  http_.use_tls(std::move(*context));
  return {};
}

void TlsDesk::take(const Tls& from, const CertificateWatch::Answer& reading) {
  if (!is_secured() || from.key.empty()) return;
  std::string trouble = reading ? exchange(from, reading->pair) : reading.error().reason;
  if (!trouble.empty() && trouble != trouble_)
    spdlog::error("HTTPS: {}; the former certificate stays in use", trouble);
  trouble_ = std::move(trouble);
}

std::string TlsDesk::exchange(const Tls& from, const std::shared_ptr<const TlsFiles>& next) {
  if (next == files_) return {};
  const auto now = std::chrono::system_clock::now();
  // A pair that is valid is not given up for one that is not.
  if (why_not_valid(*files_, from.certificate, now).empty()) {
    if (std::string why = why_not_valid(*next, from.certificate, now); !why.empty()) return why;
  }
  const bool is_same = next->certificate == files_->certificate && next->key == files_->key;
  if (!is_same) {
    auto context = TlsContext::make(next->certificate, next->key);
    if (!context) return from.certificate + ": " + context.error().reason;
    http_.use_tls(std::move(*context));
    spdlog::info("HTTPS: new connections are shown the certificate in {}, valid until {}", from.certificate,
                 format_rfc3339(next->end));
  }
  files_ = next;
  return {};
}

}  // namespace supervisor
