#include "supervisor/client_tls.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/verify_context.hpp>

#include "common/atomic_file.h"

namespace supervisor {
namespace {

constexpr std::size_t ca_file_bytes_max = 4u << 20;

void check_name(SSL* ssl, const std::string& host) {
  boost::system::error_code no_address;
  boost::asio::ip::make_address(host, no_address);
  if (!no_address) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl, host.c_str());
    SSL_set1_host(ssl, host.c_str());
  }
}

}  // namespace

common::Result<std::unique_ptr<ClientTls>> ClientTls::make(boost::beast::tcp_stream& below,
                                                           const std::string& host,
                                                           const std::string& ca_file) {
  std::unique_ptr<ClientTls> made(new ClientTls(below));
  SSL* const ssl = made->stream_.native_handle();
  SSL_set_min_proto_version(ssl, TLS1_2_VERSION);
  check_name(ssl, host);
  boost::system::error_code failed;
  if (ca_file.empty()) {
    made->context_.set_default_verify_paths(failed);
  } else {
    const auto text = common::read_file(ca_file, ca_file_bytes_max);
    if (!text) return common::error("--ca: " + text.error().reason);
    const std::unique_ptr<BIO, decltype(&BIO_free)> source(
        BIO_new_mem_buf(text->data(), static_cast<int>(text->size())), &BIO_free);
    while (X509* one = PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)) {
      made->known_.emplace_back(one, &X509_free);
      X509_STORE_add_cert(SSL_CTX_get_cert_store(made->context_.native_handle()), one);
    }
    ERR_clear_error();
    if (made->known_.empty()) return common::error("--ca: " + ca_file + " holds no certificate (PEM)");
    X509_VERIFY_PARAM_set_flags(SSL_get0_param(ssl), X509_V_FLAG_PARTIAL_CHAIN);
  }
  made->stream_.set_verify_mode(boost::asio::ssl::verify_peer, failed);
  made->stream_.set_verify_callback(
      [self = made.get()](bool verified, boost::asio::ssl::verify_context& check) {
        return self->accepts(verified, check);
      },
      failed);
  return made;
}

bool ClientTls::accepts(bool verified, boost::asio::ssl::verify_context& check) const {
  if (verified) return true;
  X509_STORE_CTX* const state = check.native_handle();
  const int problem = X509_STORE_CTX_get_error(state);
  if (problem != X509_V_ERR_HOSTNAME_MISMATCH && problem != X509_V_ERR_IP_ADDRESS_MISMATCH) return false;
  X509* const shown = X509_STORE_CTX_get0_cert(state);
  const bool is_known = std::any_of(known_.begin(), known_.end(),
                                    [shown](const Known& one) { return X509_cmp(one.get(), shown) == 0; });
  if (is_known) X509_STORE_CTX_set_error(state, X509_V_OK);
  return is_known;
}

std::string ClientTls::why_not_trusted() {
  const long result = SSL_get_verify_result(stream_.native_handle());
  return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

}  // namespace supervisor
