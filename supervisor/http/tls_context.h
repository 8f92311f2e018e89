// What every TLS connection of the server shares: certificate, key and rules. TLS 1.2 with forward secrecy
// and authenticated ciphers, or newer; HTTP/1.1 by ALPN; no renegotiation. Immutable; connections keep the
// one they began with.
#pragma once

#include <memory>
#include <string>

#include "common/result.h"

struct ssl_ctx_st;

namespace supervisor {

class TlsContext {
 public:
  // PEM texts (supervisor/credentials/tls_files.h). The error says what OpenSSL refuses: a key that is too
  // short, a damaged chain.
  static common::Result<std::shared_ptr<const TlsContext>> make(const std::string& certificate,
                                                                const std::string& key);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* native() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

}  // namespace supervisor
