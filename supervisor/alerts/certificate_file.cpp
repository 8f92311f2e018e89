#include "supervisor/alerts/certificate_file.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>

#include "common/atomic_file.h"

namespace supervisor {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

std::optional<WallTime> time_of(const ASN1_TIME* asn1) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(asn1, &parts) != 1) return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::optional<CertificateTerm> term_of(const X509& certificate) {
  const auto begin = time_of(X509_get0_notBefore(&certificate));
  const auto end = time_of(X509_get0_notAfter(&certificate));
  if (!begin || !end) return std::nullopt;
  return CertificateTerm{*begin, *end};
}

}  // namespace

common::Result<CertificateTerm> read_certificate_term(const std::string& path) {
  const auto text = common::read_file(path, certificate_file_bytes_max);
  if (!text) return text.error();
  return certificate_term(*text, path);
}

common::Result<CertificateTerm> certificate_term(const std::string& text, const std::string& path) {
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  if (!bio) return common::error(path + ": no memory");
  std::optional<CertificateTerm> all;
  for (;;) {
    ERR_clear_error();
    const Certificate one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!one) break;
    const auto term = term_of(*one);
    if (!term) return common::error(path + ": a certificate has no dates");
    all = all ? CertificateTerm{std::max(all->begin, term->begin), std::min(all->end, term->end)} : *term;
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return common::error(path + ": a certificate in it is damaged");
  if (!all) return common::error(path + ": holds no certificate (PEM)");
  return *all;
}

}  // namespace supervisor
