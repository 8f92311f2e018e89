// TLS for the command line: whom it trusts. Blocking (reads the file of authorities).
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/result.h"

struct x509_st;

namespace supervisor {

class ClientTls {
 public:
  using Stream = boost::asio::ssl::stream<boost::beast::tcp_stream&>;

  // `host`: name or address that the certificate must be for. `ca_file` (PEM): authorities instead of the
  // system's; a certificate in it is trusted itself, and for every host when the service shows that very one.
  static common::Result<std::unique_ptr<ClientTls>> make(boost::beast::tcp_stream& below,
                                                         const std::string& host, const std::string& ca_file);
  Stream& stream() { return stream_; }
  // After a handshake that failed: what is wrong with the certificate; empty: it was not that.
  std::string why_not_trusted();

 private:
  using Known = std::unique_ptr<x509_st, void (*)(x509_st*)>;
  explicit ClientTls(boost::beast::tcp_stream& below) : stream_(below, context_) {}
  bool accepts(bool verified, boost::asio::ssl::verify_context& check) const;

  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  std::vector<Known> known_;  // of ca_file
  Stream stream_;
};

}  // namespace supervisor
