// One listening socket. Accepts by itself what the limits allow, pauses when the connections are full and
// goes on when one closes; out of descriptors it answers 503 through a descriptor kept for that, and rests a
// little instead of spinning (fault N03). Shell; event-loop thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "common/result.h"
#include "common/unique_fd.h"
#include "supervisor/http/connections.h"

namespace supervisor {

// "127.0.0.1:8080", "[::1]:8080", "localhost:8080" -> an endpoint; no name is looked up.
common::Result<boost::asio::ip::tcp::endpoint> parse_listen_address(const std::string& address);

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(boost::asio::io_context& context, std::shared_ptr<Connections> connections);

  common::Result<void> open(const boost::asio::ip::tcp::endpoint& endpoint, int backlog);
  // A socket that listens already, kept from a former process: who connected meanwhile waits in its queue.
  common::Result<void> adopt(const boost::asio::ip::tcp::endpoint& endpoint, common::UniqueFd socket);
  int descriptor() { return acceptor_.native_handle(); }
  void close();
  std::string address() const;
  // Goes on accepting if it paused and may again.
  void resume();

 private:
  void wait();
  void accept_ready();
  bool accept_one();
  void pause(std::chrono::milliseconds at_least);
  void refuse_one();

  using Acceptor =
      boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
  Acceptor acceptor_;
  boost::asio::io_context& context_;
  std::shared_ptr<Connections> connections_;
  common::UniqueFd reserve_;
  bool waiting_ = false;
  common::MonoTime paused_until_{};
};

}  // namespace supervisor
