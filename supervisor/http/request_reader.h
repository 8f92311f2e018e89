// Bytes of a connection -> one request after the other, with Beast's parser behind limits of our own. A
// message whose length two readers could see differently ends the connection: Content-Length with
// Transfer-Encoding, two lengths, any coding but chunked, folded lines (RFC 9112 6.3, 5.2; faults N05, N06).
// Holds no buffer of the connection; no I/O.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "supervisor/http/request.h"

namespace supervisor {

struct RequestLimits {
  std::size_t header_bytes = 8 * 1024;  // request line and fields
  std::size_t target_bytes = 4 * 1024;
  std::size_t body_bytes = 64 * 1024;
  std::size_t header_fields = 100;
};

class RequestReader {
 public:
  explicit RequestReader(RequestLimits limits);
  // Of every request from here on: the address it comes from, and whether through TLS.
  void set_connection(std::string peer, bool over_tls) {
    request_.peer = std::move(peer);
    request_.over_tls = over_tls;
  }
  ~RequestReader();

  struct Step {
    enum class Kind { NeedMore, Complete, Bad };
    Kind kind = Kind::NeedMore;
    std::size_t consumed = 0;  // bytes of `available` that are done with
    int status = 0;            // Bad: the status to answer before closing
    std::string detail;
  };
  // `available`: every byte received and not yet consumed. NeedMore never leaves more than header_bytes
  // unread.
  Step read(std::string_view available);

  // Complete: the request. After NeedMore with in_body(): its head.
  const HttpRequest& request() const { return request_; }
  bool in_body() const;
  // Complete: the request, for the reader of another thread to go on behind it.
  HttpRequest take() { return std::move(request_); }
  void go_on(HttpRequest request) { request_ = std::move(request); }
  // Forgets the request: the next byte starts a new one.
  void next();

 private:
  class Parser;
  Step read_head(std::string_view available);
  Step read_body(std::string_view available, std::size_t consumed);

  RequestLimits limits_;
  HttpRequest request_;
  std::unique_ptr<Parser> parser_;  // only between the end of the head and the end of the body
  std::size_t body_wire_bytes_ = 0;
  std::size_t searched_ = 0;  // no end of the head before this offset
};

}  // namespace supervisor
