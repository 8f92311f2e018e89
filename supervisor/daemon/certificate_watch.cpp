#include "supervisor/daemon/certificate_watch.h"

#include "supervisor/credentials/tls_files.h"

namespace supervisor {

namespace {

common::Result<CertificateTerm> read_term(const Tls& tls) {
  if (!tls.key.empty()) {
    if (const auto pair = read_tls_files(tls.certificate, tls.key); !pair) return pair.error();
  }
  return read_certificate_term(tls.certificate);
}

}  // namespace

void CertificateWatch::set_files(const Tls& tls) {
  if (tls == tls_) return;
  tls_ = tls;
  last_.reset();
  asked_.reset();
}

void CertificateWatch::look(common::MonoTime now) {
  if (tls_.certificate.empty() || reading_ || (asked_ && now - *asked_ < interval)) return;
  const auto answer = std::make_shared<std::optional<Answer>>();
  const auto work = [answer, tls = tls_] {
    answer->emplace(read_term(tls));
    return true;
  };
  const auto done = [this, answer, tls = tls_](bool) {
    reading_ = false;
    if (tls == tls_) last_ = std::move(*answer);
  };
  if (!thread_.offer(work, done)) return;  // tried again at the next look
  reading_ = true;
  asked_ = now;
}

std::optional<AlertFacts::Certificate> CertificateWatch::facts(common::MonoTime now, WallTime wall) const {
  const std::string& path = tls_.certificate;
  if (path.empty()) return std::nullopt;
  if (reading_ && asked_ && now - *asked_ > patience)
    return AlertFacts::Certificate{0, path + " cannot be read: its disk does not answer"};
  if (!last_) return std::nullopt;
  if (!*last_) return AlertFacts::Certificate{0, last_->error().reason};
  const CertificateTerm& term = **last_;
  if (wall < term.begin)
    return AlertFacts::Certificate{0, path + " is not valid before " + format_rfc3339(term.begin)};
  const std::chrono::duration<double, std::ratio<86'400>> left = term.end - wall;
  return AlertFacts::Certificate{left.count(), {}};
}

}  // namespace supervisor
