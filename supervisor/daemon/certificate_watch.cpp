#include "supervisor/daemon/certificate_watch.h"

namespace supervisor {

void CertificateWatch::set_file(const std::string& path) {
  if (path == path_) return;
  path_ = path;
  last_.reset();
  asked_.reset();
}

void CertificateWatch::look(common::MonoTime now) {
  if (path_.empty() || reading_ || (asked_ && now - *asked_ < interval)) return;
  const auto answer = std::make_shared<std::optional<Answer>>();
  const auto read = [answer, path = path_] {
    answer->emplace(read_certificate_term(path));
    return true;
  };
  const auto done = [this, answer, path = path_](bool) {
    reading_ = false;
    if (path == path_) last_ = std::move(*answer);
  };
  if (!thread_.offer(read, done)) return;  // tried again at the next look
  reading_ = true;
  asked_ = now;
}

std::optional<AlertFacts::Certificate> CertificateWatch::facts(common::MonoTime now, WallTime wall) const {
  if (path_.empty()) return std::nullopt;
  if (reading_ && asked_ && now - *asked_ > patience)
    return AlertFacts::Certificate{0, path_ + " cannot be read: its disk does not answer"};
  if (!last_) return std::nullopt;
  if (!*last_) return AlertFacts::Certificate{0, last_->error().reason};
  const CertificateTerm& term = **last_;
  if (wall < term.begin)
    return AlertFacts::Certificate{0, path_ + " is not valid before " + format_rfc3339(term.begin)};
  const std::chrono::duration<double, std::ratio<86'400>> left = term.end - wall;
  return AlertFacts::Certificate{left.count(), {}};
}

}  // namespace supervisor
