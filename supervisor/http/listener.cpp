#include "supervisor/http/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <charconv>

namespace supervisor {
namespace {

namespace asio = boost::asio;
using boost::asio::ip::tcp;

constexpr int accepts_per_turn = 64;
constexpr std::size_t idle_closed_when_full = 16;

constexpr std::string_view refusal =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

common::UniqueFd open_reserve() {
  return common::UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

bool is_exhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

common::Result<tcp::endpoint> parse_listen_address(const std::string& address) {
  const auto refuse = [&address] {
    return common::error("listen address \"" + address +
                         "\" is not ADDRESS:PORT; write for example 127.0.0.1:8080 or [::1]:8080");
  };
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return refuse();
  std::string host = address.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!bracketed && host.find(':') != std::string::npos) return refuse();
  if (host == "localhost") host = "127.0.0.1";
  std::uint16_t port = 0;
  const char* end = address.data() + address.size();
  const auto parsed = std::from_chars(address.data() + colon + 1, end, port);
  boost::system::error_code failed;
  const auto ip = asio::ip::make_address(host, failed);
  if (failed || parsed.ec != std::errc{} || parsed.ptr != end) return refuse();
  return tcp::endpoint(ip, port);
}

Listener::Listener(asio::io_context& context, std::shared_ptr<Connections> connections)
    : acceptor_(context), context_(context), connections_(std::move(connections)), reserve_(open_reserve()) {}

common::Result<void> Listener::open(const tcp::endpoint& endpoint, int backlog) {
  boost::system::error_code failed;
  acceptor_.open(endpoint.protocol(), failed);
  if (!failed) acceptor_.set_option(Acceptor::reuse_address(true), failed);
  if (!failed && endpoint.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(true), failed);
  if (!failed) acceptor_.bind(endpoint, failed);
  if (!failed) acceptor_.listen(backlog, failed);
  if (!failed) acceptor_.non_blocking(true, failed);
  if (failed) {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    return common::Error(failed.message(), failed.value());
  }
  wait();
  return {};
}

common::Result<void> Listener::adopt(const tcp::endpoint& endpoint, common::UniqueFd socket) {
  boost::system::error_code failed;
  acceptor_.assign(endpoint.protocol(), socket.get(), failed);
  if (failed) return common::Error(failed.message(), failed.value());
  socket.release();
  acceptor_.non_blocking(true, failed);
  if (failed) return common::Error(failed.message(), failed.value());
  wait();
  return {};
}

void Listener::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

std::string Listener::address() const {
  boost::system::error_code failed;
  const auto endpoint = acceptor_.local_endpoint(failed);
  if (failed) return {};
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

void Listener::wait() {
  if (waiting_ || !acceptor_.is_open()) return;
  waiting_ = true;
  acceptor_.async_wait(Acceptor::wait_read,
                       [self = shared_from_this()](const boost::system::error_code& failed) {
                         self->waiting_ = false;
                         if (!failed && self->acceptor_.is_open()) self->accept_ready();
                       });
}

void Listener::resume() {
  if (connections_->now() >= paused_until_) wait();
}

void Listener::pause(std::chrono::milliseconds at_least) {
  ++connections_->count().accept_pauses;
  paused_until_ = connections_->now() + at_least;
}

void Listener::accept_ready() {
  for (int turn = 0; turn < accepts_per_turn; ++turn) {
    if (connections_->is_full()) {
      // Only on the first turn it is known that somebody waits, and worth closing others for.
      if (turn > 0) return wait();
      connections_->close_idle(idle_closed_when_full);
      if (connections_->is_full()) return pause(std::chrono::milliseconds(0));
    }
    if (!accept_one()) return;
  }
  wait();
}

// false: not now; somebody else goes on.
bool Listener::accept_one() {
  const int fd = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      wait();
      return false;
    }
    if (!is_exhaustion(errno)) return true;  // the connection ended before it began
    refuse_one();
    pause(connections_->settings().accept_pause);
    return false;
  }
  common::UniqueFd accepted(fd);
  boost::system::error_code failed;
  HttpSocket socket(context_);
  boost::system::error_code unbound;
  socket.assign(acceptor_.local_endpoint(unbound).protocol(), accepted.get(), failed);
  if (failed) return true;
  accepted.release();
  socket.non_blocking(true, failed);
  connections_->add(std::move(socket));
  return true;
}

// Lets a few of the queue know that the server is full, through the reserve descriptor.
void Listener::refuse_one() {
  for (int turn = 0; turn < accepts_per_turn; ++turn) {
    reserve_.reset();
    common::UniqueFd client(
        ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client) {
      (void)::send(client.get(), refusal.data(), refusal.size(), MSG_NOSIGNAL);
      (void)::shutdown(client.get(), SHUT_WR);
      std::array<char, 2048> unread{};
      (void)::recv(client.get(), unread.data(), unread.size(),
                   0);  // else closing would reset the answer away
      ++connections_->count().refused_without_descriptor;
    }
    const bool answered = static_cast<bool>(client);
    client.reset();
    reserve_ = open_reserve();
    if (!answered) return;
  }
}

}  // namespace supervisor
