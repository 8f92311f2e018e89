#include "supervisor/credentials/tls_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <memory>
#include <optional>

#include "common/atomic_file.h"
#include "supervisor/credentials/private_file.h"

namespace supervisor {
namespace {

using Clock = std::chrono::system_clock;
using PemText = std::unique_ptr<BIO, decltype(&BIO_free)>;
using ServerCertificate = std::unique_ptr<X509, decltype(&X509_free)>;
using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

PemText pem_text(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

std::optional<Clock::time_point> moment_of(const ASN1_TIME* asn1) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(asn1, &parts) != 1) return std::nullopt;
  return Clock::from_time_t(::timegm(&parts));
}

std::string day_of(Clock::time_point when) {
  const std::time_t seconds = Clock::to_time_t(when);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return {text.data(), length};
}

// Without it OpenSSL would ask for the passphrase on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

common::Result<TlsFiles> read_tls_files(const std::string& certificate_path, const std::string& key_path,
                                        const TlsFiles* former) {
  auto certificate_text = common::read_file(certificate_path, tls_file_bytes_max);
  if (!certificate_text) return certificate_text.error();
  auto key_text = read_private_file(key_path, tls_file_bytes_max);
  if (!key_text) return key_text.error();
  if (former && *certificate_text == former->certificate && *key_text == former->key) return *former;
  ERR_clear_error();
  const ServerCertificate certificate(
      PEM_read_bio_X509(pem_text(*certificate_text).get(), nullptr, &no_passphrase, nullptr), &X509_free);
  const PrivateKey key(PEM_read_bio_PrivateKey(pem_text(*key_text).get(), nullptr, &no_passphrase, nullptr),
                       &EVP_PKEY_free);
  const bool fits = certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!certificate)
    return common::error(certificate_path +
                         ": holds no certificate (PEM); it must begin with that of the server, the chain "
                         "after it");
  if (!key)
    return common::error(key_path +
                         ": holds no private key without passphrase (PEM); take a passphrase off with "
                         "`openssl pkey`");
  if (!fits)
    return common::error(key_path + ": is not the key of the certificate in " + certificate_path +
                         "; name the two that were made together");
  const auto begin = moment_of(X509_get0_notBefore(certificate.get()));
  const auto end = moment_of(X509_get0_notAfter(certificate.get()));
  if (!begin || !end) return common::error(certificate_path + ": the certificate has no dates");
  return TlsFiles{std::move(*certificate_text), std::move(*key_text), *begin, *end};
}

std::string why_not_valid(const TlsFiles& files, const std::string& path, Clock::time_point now) {
  if (now >= files.end)
    return path + ": has expired on " + day_of(files.end) + ": clients refuse it; renew it";
  if (now < files.begin)
    return path + ": is not valid before " + day_of(files.begin) +
           ": clients refuse it; look at the clock of this machine";
  return {};
}

}  // namespace supervisor
