#include "supervisor/http/tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <string_view>

namespace supervisor {
namespace {

using PemSource = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

constexpr const char* ciphers_of_tls12 = "ECDHE+AESGCM:ECDHE+CHACHA20";

PemSource source_of(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

// The oldest error is the cause; those after it are of the callers.
common::Error refused_by_openssl(const char* what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return common::error(std::string(what) + ": " + text.data());
}

// Nobody is asked on a terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

bool use_chain(SSL_CTX* context, const std::string& pem) {
  const PemSource source = source_of(pem);
  const Certificate own(PEM_read_bio_X509_AUX(source.get(), nullptr, &no_passphrase, nullptr), &X509_free);
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
  for (;;) {
    Certificate next(PEM_read_bio_X509(source.get(), nullptr, &no_passphrase, nullptr), &X509_free);
    if (!next) break;
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) return false;
    (void)next.release();  // it belongs to the context
  }
  return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

bool use_key(SSL_CTX* context, const std::string& pem) {
  const Key key(PEM_read_bio_PrivateKey(source_of(pem).get(), nullptr, &no_passphrase, nullptr),
                &EVP_PKEY_free);
  return key && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

// A client that lists protocols and not this one cannot be answered.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  constexpr std::string_view http = "http/1.1";
  for (unsigned at = 0; at < offered_size; at += 1u + offered[at]) {
    const unsigned char size = offered[at];
    if (at + 1u + size > offered_size) break;
    if (std::string_view(reinterpret_cast<const char*>(offered + at + 1), size) != http) continue;
    *chosen = offered + at + 1;
    *chosen_size = size;
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

common::Result<std::shared_ptr<const TlsContext>> TlsContext::make(const std::string& certificate,
                                                                   const std::string& key) {
  ERR_clear_error();
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return refused_by_openssl("no TLS context");
  const std::shared_ptr<const TlsContext> made(new TlsContext(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Kernel TLS is used where the kernel has it: then media goes out with sendfile as without TLS.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_NO_COMPRESSION | SSL_OP_ENABLE_KTLS | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  // Tickets let clients resume; nothing is kept here for them.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
  if (SSL_CTX_set_cipher_list(context, ciphers_of_tls12) != 1)
    return refused_by_openssl("no cipher of TLS 1.2");
  if (!use_chain(context, certificate)) return refused_by_openssl("the certificate cannot be used");
  if (!use_key(context, key)) return refused_by_openssl("the key cannot be used");
  if (SSL_CTX_check_private_key(context) != 1)
    return refused_by_openssl("the key is not that of the certificate");
  ERR_clear_error();
  return made;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

}  // namespace supervisor
