#include "worker/display/x_connection.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "common/unique_fd.h"
#include "worker/display/cookie.h"

namespace worker {
namespace {

constexpr int handshake_seconds_max = 1;

struct Address {
  std::string host;
  int number = 0;
  int screen = 0;
};

common::Result<Address> parse_address(const std::string& name) {
  char* host = nullptr;
  Address address;
  if (xcb_parse_display(name.c_str(), &host, &address.number, &address.screen) == 0)
    return common::error("display_lost: \"" + name + "\" is no display name; write for example \":0\"");
  address.host = host;
  std::free(host);
  return address;
}

bool is_local(const Address& address) {
  return address.host.empty() || address.host == "unix";
}

// 0, or errno of the attempt to reach the server's socket.
int try_socket(int number, common::UniqueFd& fd) {
  fd.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{handshake_seconds_max, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/tmp/.X11-unix/X" + std::to_string(number);
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

std::string padded(std::string bytes) {
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

// What the server itself says when it turns a client away (X protocol, "Connection Setup"); empty when it
// does not. XCB keeps that text to itself.
std::string refusal(int socket, const std::string& cookie) {
  const std::string name = cookie.empty() ? "" : cookie_protocol;
  std::string request(12, '\0');
  request[0] = 'l';
  request[2] = 11;
  request[6] = static_cast<char>(name.size());
  request[8] = static_cast<char>(cookie.size());
  request += padded(name) + padded(cookie);
  if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
  std::array<char, 8 + 255> reply{};
  const ssize_t head = ::recv(socket, reply.data(), 8, MSG_WAITALL);
  if (head != 8 || reply[0] != 0) return {};
  const auto length = static_cast<std::size_t>(static_cast<unsigned char>(reply[1]));
  if (::recv(socket, reply.data() + 8, length, MSG_WAITALL) != static_cast<ssize_t>(length)) return {};
  std::string reason(reply.data() + 8, length);
  std::erase_if(reason, [](unsigned char c) { return std::iscntrl(c) != 0; });
  return reason;
}

bool speaks_of_cookies(std::string reason) {
  std::transform(reason.begin(), reason.end(), reason.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return reason.find("auth") != std::string::npos || reason.find("not allowed") != std::string::npos ||
         reason.find("no protocol specified") != std::string::npos;
}

common::Error why_not(const std::string& name, const Address& address, const std::string& xauthority,
                      const std::string& cookie) {
  const std::string cannot = "cannot open " + name + ": ";
  if (!is_local(address)) return common::error("display_lost: " + cannot + "is the X server running there?");
  common::UniqueFd socket;
  const int number = try_socket(address.number, socket);
  if (number == EACCES || number == EPERM)
    return common::errno_error("display_auth: " + cannot + "the socket of the X server", number);
  if (number != 0)
    return common::Error("display_lost: " + cannot + "no X server listens there (" + std::strerror(number) +
                             "); is the X server running?",
                         number);
  const std::string reason = refusal(socket.get(), cookie);
  if (speaks_of_cookies(reason))
    return common::error(
        "display_auth: " + name + " refuses this client (" + reason + "): check " +
        (xauthority.empty() ? "the setting xauthority or XAUTHORITY" : "the cookie file " + xauthority) +
        ", or run as the user of the session");
  return common::error("display_lost: " + cannot +
                       (reason.empty() ? "the X server hung up" : "the X server says: " + reason));
}

const xcb_screen_t* screen_of(xcb_connection_t* connection, int number) {
  auto screens = xcb_setup_roots_iterator(xcb_get_setup(connection));
  for (; screens.rem > 0 && number > 0; --number) xcb_screen_next(&screens);
  return screens.rem > 0 ? screens.data : nullptr;
}

}  // namespace

std::string display_name(const std::string& display) {
  const char* usual = std::getenv("DISPLAY");
  if (!display.empty() || usual == nullptr) return display;
  return usual;
}

common::Result<XConnection> XConnection::open(const std::string& display, const std::string& xauthority) {
  XConnection made;
  made.name_ = display_name(display);
  if (made.name_.empty())
    return common::error(
        "display_lost: no display is named: set \"display\" of the input, for example \":0\"");
  const auto address = parse_address(made.name_);
  if (!address) return address.error();
  const auto cookie = read_cookie(xauthority, address->number);
  if (!cookie) return cookie.error();

  std::string protocol = cookie_protocol;
  std::string secret = *cookie;
  xcb_auth_info_t auth{static_cast<int>(protocol.size()), protocol.data(), static_cast<int>(secret.size()),
                       secret.data()};
  made.connection_.reset(xcb_connect_to_display_with_auth_info(
      made.name_.c_str(), xauthority.empty() ? nullptr : &auth, nullptr));
  if (made.is_lost()) return why_not(made.name_, *address, xauthority, *cookie);
  made.screen_ = screen_of(made.connection_.get(), address->screen);
  if (made.screen_ == nullptr)
    return common::error("display_lost: " + made.name_ + " has no screen " + std::to_string(address->screen));
  return made;
}

common::Error XConnection::lost_error() const {
  return common::error("display_lost: the X server of " + name_ +
                       " closed the connection; is it still running?");
}

bool XConnection::answers() const {
  const XcbOwned<xcb_get_input_focus_reply_t> reply(
      xcb_get_input_focus_reply(get(), xcb_get_input_focus(get()), nullptr));
  return reply != nullptr;
}

bool XConnection::has_extension(const char* extension) const {
  const auto cookie =
      xcb_query_extension(get(), static_cast<std::uint16_t>(std::strlen(extension)), extension);
  const XcbOwned<xcb_query_extension_reply_t> reply(xcb_query_extension_reply(get(), cookie, nullptr));
  return reply && reply->present != 0;
}

}  // namespace worker
