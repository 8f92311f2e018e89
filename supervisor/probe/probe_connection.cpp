#include "supervisor/probe/probe_connection.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>

namespace supervisor {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ip = boost::asio::ip;

constexpr std::size_t header_bytes_max = 16u << 10;

// "bytes 0-99/1234" -> 1234; else `otherwise`.
std::uint64_t total_of(std::string_view content_range, std::uint64_t otherwise) {
  const std::size_t slash = content_range.rfind('/');
  if (slash == std::string_view::npos) return otherwise;
  std::uint64_t total = 0;
  const char* const end = content_range.data() + content_range.size();
  const auto result = std::from_chars(content_range.data() + slash + 1, end, total);
  return result.ec == std::errc() && result.ptr == end ? total : otherwise;
}

}  // namespace

ProbeConnection::ProbeConnection(boost::asio::io_context& loop, ip::tcp::endpoint server, std::string agent,
                                 bool secured)
    : stream_(loop), server_(std::move(server)), agent_(std::move(agent)), buffer_(header_bytes_max) {
  buffer_.max_size(header_bytes_max + ProbeRound::part_bytes_max);
  if (secured) secure_ = std::make_unique<Secure>(stream_);
}

void ProbeConnection::fetch(const ProbeRequest& request, std::chrono::milliseconds patience, Done done) {
  done_ = std::move(done);
  patience_ = patience;
  request_ = {request.head ? http::verb::head : http::verb::get, request.target, 11};
  request_.set(http::field::host,
               server_.address().is_v6()
                   ? "[" + server_.address().to_string() + "]:" + std::to_string(server_.port())
                   : server_.address().to_string() + ":" + std::to_string(server_.port()));
  request_.set(http::field::user_agent, agent_);
  if (request.first_bytes > 0) {
    request_.set(http::field::range, "bytes=0-" + std::to_string(request.first_bytes - 1));
  }
  parser_.emplace();
  parser_->header_limit(header_bytes_max);
  parser_->body_limit(request.body_bytes_max);
  parser_->skip(request.head);
  stream_.expires_after(patience_);
  if (connected_) return write();
  connect();
}

void ProbeConnection::close() {
  done_ = nullptr;
  boost::system::error_code ignored;
  stream_.socket().close(ignored);
  stream_.cancel();
}

void ProbeConnection::connect() {
  stream_.async_connect(server_, [weak = weak_from_this()](const boost::system::error_code& failure) {
    const auto self = weak.lock();
    if (!self) return;
    if (failure) return self->give_up(failure, "cannot connect");
    if (self->secure_) return self->shake_hands();
    self->connected_ = true;
    self->write();
  });
}

void ProbeConnection::shake_hands() {
  secure_->stream.async_handshake(boost::asio::ssl::stream_base::client,
                                  [self = shared_from_this()](const boost::system::error_code& failure) {
                                    if (failure) return self->give_up(failure, "no TLS");
                                    self->connected_ = true;
                                    self->write();
                                  });
}

template <typename Start>
void ProbeConnection::with_stream(Start start) {
  if (secure_) {
    start(secure_->stream);
  } else {
    start(stream_);
  }
}

void ProbeConnection::write() {
  const auto done = [self = shared_from_this()](const boost::system::error_code& failure, std::size_t) {
    if (failure) return self->give_up(failure, "cannot ask");
    self->read();
  };
  with_stream([&](auto& stream) { http::async_write(stream, request_, done); });
}

void ProbeConnection::read() {
  const auto done = [self = shared_from_this()](const boost::system::error_code& failure, std::size_t) {
    if (failure) return self->give_up(failure, "no whole answer");
    self->finish();
  };
  with_stream([&](auto& stream) { http::async_read(stream, buffer_, *parser_, done); });
}

void ProbeConnection::finish() {
  if (!done_) return;
  stream_.expires_never();
  auto& message = parser_->get();
  ProbeReply reply;
  reply.status = static_cast<int>(message.result_int());
  reply.body = std::move(message.body());
  reply.total_bytes = reply.body.size();
  const auto length = message[http::field::content_length];
  if (reply.body.empty()) std::from_chars(length.data(), length.data() + length.size(), reply.total_bytes);
  const auto range = message[http::field::content_range];
  reply.total_bytes = total_of({range.data(), range.size()}, reply.total_bytes);
  reply.at = std::chrono::steady_clock::now();
  std::exchange(done_, nullptr)(std::move(reply));
}

void ProbeConnection::give_up(const boost::system::error_code& failure, const char* what) {
  if (!done_) return;
  const bool late = failure == beast::error::timeout;
  const std::string reason = late ? "no answer within " + std::to_string(patience_.count()) + " ms"
                                  : std::string(what) + ": " + failure.message();
  std::exchange(done_, nullptr)(common::error(reason));
}

common::Result<ip::tcp::endpoint> probe_endpoint(const std::string& listener) {
  const std::size_t colon = listener.rfind(':');
  const auto bad = [&] { return common::error("the listener " + listener + " is no ADDRESS:PORT"); };
  if (colon == std::string::npos) return bad();
  std::string host = listener.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  unsigned short port = 0;
  const char* const end = listener.data() + listener.size();
  const auto parsed = std::from_chars(listener.data() + colon + 1, end, port);
  boost::system::error_code failed;
  auto address = ip::make_address(host, failed);
  if (failed || parsed.ec != std::errc() || parsed.ptr != end || port == 0) return bad();
  if (address.is_unspecified()) {
    address =
        address.is_v6() ? ip::address(ip::address_v6::loopback()) : ip::address(ip::address_v4::loopback());
  }
  return ip::tcp::endpoint(address, port);
}

}  // namespace supervisor
