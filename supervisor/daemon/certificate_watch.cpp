#include "supervisor/daemon/certificate_watch.h"

namespace supervisor {
namespace {

// `former`: the last good reading, or null. What is the same in the files is not parsed again.
CertificateWatch::Answer read(const Tls& tls, const CertificateReading* former) {
  if (tls.key.empty()) {
    const auto term = read_certificate_term(tls.certificate);
    if (!term) return term.error();
    return CertificateReading{nullptr, *term};
  }
  const TlsFiles* known = former ? former->pair.get() : nullptr;
  auto pair = read_tls_files(tls.certificate, tls.key, known);
  if (!pair) return pair.error();
  if (known && pair->certificate == known->certificate && pair->key == known->key) return *former;
  const auto term = certificate_term(pair->certificate, tls.certificate);
  if (!term) return term.error();
  return CertificateReading{std::make_shared<const TlsFiles>(std::move(*pair)), *term};
}

}  // namespace

void CertificateWatch::set_files(const Tls& tls) {
  if (tls != tls_) last_.reset();
  tls_ = tls;
  look();
}

void CertificateWatch::stop() {
  tls_ = {};
  timer_.cancel();
}

void CertificateWatch::look() {
  if (tls_.certificate.empty()) return;
  timer_.expires_after(interval);
  timer_.async_wait([this](const boost::system::error_code& failed) {
    if (!failed) look();
  });
  if (reading_) return;
  const auto answer = std::make_shared<std::optional<Answer>>();
  const auto work = [answer, tls = tls_, former = last_] {
    answer->emplace(read(tls, former && *former ? &**former : nullptr));
    return true;
  };
  const auto done = [this, answer, tls = tls_](bool) { take(tls, std::move(**answer)); };
  reading_ = thread_.offer(work, done);  // if not: at the next look
  if (reading_) asked_ = std::chrono::steady_clock::now();
}

void CertificateWatch::take(const Tls& from, Answer answer) {
  reading_ = false;
  if (from != tls_) return look();
  last_ = std::move(answer);
  if (told_) told_(tls_, *last_);
}

std::optional<AlertFacts::Certificate> CertificateWatch::facts(common::MonoTime now, WallTime wall) const {
  const std::string& path = tls_.certificate;
  if (path.empty()) return std::nullopt;
  if (reading_ && now - asked_ > patience)
    return AlertFacts::Certificate{0, path + " cannot be read: its disk does not answer"};
  if (!last_) return std::nullopt;
  if (!*last_) return AlertFacts::Certificate{0, last_->error().reason};
  const CertificateTerm& term = (*last_)->term;
  if (wall < term.begin)
    return AlertFacts::Certificate{0, path + " is not valid before " + format_rfc3339(term.begin)};
  const std::chrono::duration<double, std::ratio<86'400>> left = term.end - wall;
  return AlertFacts::Certificate{left.count(), {}};
}

}  // namespace supervisor
