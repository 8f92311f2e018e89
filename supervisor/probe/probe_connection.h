// One HTTP connection of the self-probe to a listener of this very process, over the real loopback socket.
// With HTTPS the certificate is not judged: who listens there is known, and what clients think of the
// certificate is an alert of its own. SHELL; event-loop thread; never blocks. One request at a time, each
// with a deadline; the first error ends the connection. Whoever drops the last reference ends it too, and is
// not called back.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/result.h"
#include "supervisor/probe/probe_round.h"

namespace supervisor {

class ProbeConnection : public std::enable_shared_from_this<ProbeConnection> {
 public:
  // `agent`: the User-Agent, by which the server knows its own probe.
  ProbeConnection(boost::asio::io_context& loop, boost::asio::ip::tcp::endpoint server, std::string agent,
                  bool secured = false);

  using Done = std::function<void(common::Result<ProbeReply>)>;
  // Connects when it is not connected. `done` is called once, on the event loop, never from inside fetch().
  void fetch(const ProbeRequest& request, std::chrono::milliseconds patience, Done done);
  void close();

 private:
  void connect();
  void shake_hands();
  void write();
  void read();
  void finish();
  void give_up(const boost::system::error_code& failure, const char* what);

  // Through TLS when there is one.
  template <typename Start>
  void with_stream(Start start);

  struct Secure {
    explicit Secure(boost::beast::tcp_stream& below) : stream(below, context) {}
    boost::asio::ssl::context context{boost::asio::ssl::context::tls_client};
    boost::asio::ssl::stream<boost::beast::tcp_stream&> stream;
  };

  boost::beast::tcp_stream stream_;
  std::unique_ptr<Secure> secure_;  // null: in clear
  boost::asio::ip::tcp::endpoint server_;
  std::string agent_;
  bool connected_ = false;
  std::chrono::milliseconds patience_{0};
  boost::beast::http::request<boost::beast::http::empty_body> request_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::response_parser<boost::beast::http::string_body>> parser_;
  Done done_;
};

// The address of a listener as this machine reaches it: a wildcard address becomes loopback. The error names
// the text that is none.
common::Result<boost::asio::ip::tcp::endpoint> probe_endpoint(const std::string& listener);

}  // namespace supervisor
