#include "supervisor/daemon/tls_desk.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>

#include "supervisor/report/wall_time.h"

namespace supervisor {
namespace {

bool is_same(const TlsFiles& a, const TlsFiles& b) {
  return a.certificate == b.certificate && a.key == b.key;
}

}  // namespace

common::Result<void> TlsDesk::begin(const Tls& tls) {
  if (tls.key.empty()) return {};
  tls_ = tls;
  auto read = read_tls_files(tls.certificate, tls.key);
  if (!read) return read.error();
  auto context = TlsContext::make(read->certificate, read->key);
  if (!context) return common::error(tls.certificate + ": " + context.error().reason);
  files_ = std::move(*read);
  http_.use_tls(std::move(*context));
  look_later();
  return {};
}

void TlsDesk::apply(const Tls& tls) {
  if (!is_secured()) return;
  again_ = tls != tls_;
  tls_ = tls;
  look();
}

void TlsDesk::stop() {
  timer_.cancel();
}

void TlsDesk::look_later() {
  timer_.expires_after(interval);
  timer_.async_wait([this](const boost::system::error_code& failed) {
    if (failed) return;
    look();
    look_later();
  });
}

void TlsDesk::look() {
  if (reading_) return;
  again_ = false;
  const auto answer = std::make_shared<std::optional<common::Result<TlsFiles>>>();
  const auto read = [answer, tls = tls_] {
    answer->emplace(read_tls_files(tls.certificate, tls.key));
    return true;
  };
  reading_ = thread_.offer(read, [this, answer, tls = tls_](bool) {
    reading_ = false;
    take(tls, std::move(**answer));
    if (again_) look();
  });
}

std::string TlsDesk::worse_than_used(const TlsFiles& next, const std::string& path) const {
  const auto now = std::chrono::system_clock::now();
  return why_not_valid(files_, path, now).empty() ? why_not_valid(next, path, now) : std::string();
}

void TlsDesk::take(const Tls& from, common::Result<TlsFiles> read) {
  std::string trouble = read ? worse_than_used(*read, from.certificate) : read.error().reason;
  if (trouble.empty() && !is_same(*read, files_)) {
    auto context = TlsContext::make(read->certificate, read->key);
    if (context) {
      files_ = std::move(*read);
      http_.use_tls(std::move(*context));
      spdlog::info("HTTPS: new connections are shown the certificate in {}, valid until {}", from.certificate,
                   format_rfc3339(files_.end));
    } else {
      trouble = from.certificate + ": " + context.error().reason;
    }
  }
  if (!trouble.empty() && trouble != trouble_)
    spdlog::error("HTTPS: {}; the former certificate stays in use", trouble);
  trouble_ = std::move(trouble);
}

}  // namespace supervisor
