#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <string_view>

#include "common/unique_fd.h"
#include "supervisor/doctor/checks.h"
#include "supervisor/doctor/port_holder.h"

namespace supervisor {
namespace {

using boost::asio::ip::tcp;

constexpr timeval answer_time_max{1, 0};

common::UniqueFd open_socket(const tcp::endpoint& at) {
  common::UniqueFd socket(::socket(at.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (at.address().is_v6()) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  return socket;
}

// 0, or why the service could not bind there.
int try_to_bind(const tcp::endpoint& at) {
  const auto socket = open_socket(at);
  if (!socket) return errno;
  return ::bind(socket.get(), at.data(), static_cast<socklen_t>(at.size())) == 0 ? 0 : errno;
}

// Whether it answers /healthz as this service does; for a process whose name this account may not see.
bool is_our_service(const tcp::endpoint& at) {
  const auto socket = open_socket(at);
  if (!socket) return false;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &answer_time_max, sizeof answer_time_max);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &answer_time_max, sizeof answer_time_max);
  if (::connect(socket.get(), at.data(), static_cast<socklen_t>(at.size())) != 0) return false;
  constexpr std::string_view question =
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (::send(socket.get(), question.data(), question.size(), MSG_NOSIGNAL) < 0) return false;
  std::array<char, 2048> answer{};
  const ssize_t size = ::recv(socket.get(), answer.data(), answer.size(), MSG_WAITALL);
  if (size <= 0) return false;
  const std::string_view text(answer.data(), static_cast<std::size_t>(size));
  // The second is what it says when it speaks HTTPS only.
  return text.ends_with("\r\n\r\nok\n") || text.find("desktop-streamer speaks HTTPS") != text.npos;
}

Finding judge_holder(const std::string& what, const ListenAddress& address, const tcp::endpoint& at) {
  const auto holder = find_port_holder(address);
  const bool known = holder && holder->pid > 0;
  const std::string process = known ? " (process " + std::to_string(holder->pid) + ")" : "";
  if (known && holder->program == "streamer-supervisor")
    return fine(what, "held by the running service" + process);
  if (!known && is_our_service(at)) return fine(what, "held by the running service");
  const std::string who = known ? holder->program + process : "a process that this account may not look at";
  return failure(what, "held by " + who,
                 (known ? "stop it" : "see which as root: ss -ltnp; stop it") +
                     std::string(", or choose another port with server.listen or --listen"),
                 doctor_unavailable);
}

}  // namespace

FoundList check_port(const std::string& listen) {
  const std::string what = "port " + listen;
  const auto address = parse_listen(listen);
  if (!address) return {failure(what, address.error().reason, "mend server.listen", doctor_config)};
  if (address->port == 0) return {fine(what, "any free port")};
  boost::system::error_code failed;
  const tcp::endpoint at(boost::asio::ip::make_address(address->address, failed), address->port);
  const int refusal = try_to_bind(at);
  if (refusal == 0) return {fine(what, "free")};
  if (refusal == EADDRINUSE) return {judge_holder(what, *address, at)};
  const std::string why = common::errno_error("cannot be bound", refusal).reason;
  if (refusal == EACCES)
    return {failure(what, why,
                    "use a port from 1024 on, or add CapabilityBoundingSet=CAP_NET_BIND_SERVICE and "
                    "AmbientCapabilities=CAP_NET_BIND_SERVICE in a drop-in of the unit",
                    doctor_permission)};
  if (refusal == EADDRNOTAVAIL)
    return {failure(what, why, "this machine has no such address: see `ip address`, and server.listen",
                    doctor_unavailable)};
  return {failure(what, why, "see server.listen", doctor_os)};
}

}  // namespace supervisor
