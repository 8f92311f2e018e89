#include "supervisor/keep/service_notify.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace supervisor {
namespace {

constexpr int first_handed_over = 3;  // SD_LISTEN_FDS_START

template <typename Number>
std::optional<Number> number_in(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  Number value{};
  const char* end = text + std::strlen(text);
  const auto parsed = std::from_chars(text, end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

bool is_for_us(const char* pid_variable) {
  const auto pid = number_in<int>(pid_variable);
  return !pid || *pid == ::getpid();
}

}  // namespace

ServiceNotify::ServiceNotify(const char* socket_path) {
  const std::string_view path = socket_path == nullptr ? "" : socket_path;
  if (path.empty() || path.size() >= sizeof address_.sun_path || (path[0] != '/' && path[0] != '@')) return;
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, path.data(), path.size());
  if (path[0] == '@') address_.sun_path[0] = '\0';
  // An abstract name ends with its last byte, a path with a zero byte.
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '/'));
  socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

bool ServiceNotify::transmit(std::string_view message, int fd) {
  if (!socket_) return false;
  iovec text{const_cast<char*>(message.data()), message.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr datagram{};
  datagram.msg_name = &address_;
  datagram.msg_namelen = address_size_;
  datagram.msg_iov = &text;
  datagram.msg_iovlen = 1;
  if (fd >= 0) {
    datagram.msg_control = control;
    datagram.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&datagram);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  ssize_t sent = -1;
  do {
    sent = ::sendmsg(socket_.get(), &datagram, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(message.size());
}

bool ServiceNotify::send(std::string_view message) {
  flush_removals();
  return transmit(message, -1);
}

bool ServiceNotify::status(std::string_view text) {
  std::string line = "STATUS=";
  for (const char c : text) line += c == '\n' ? ' ' : c;
  return send(line);
}

bool ServiceNotify::reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

bool ServiceNotify::store(int fd, std::string_view name) {
  flush_removals();
  return transmit("FDSTORE=1\nFDPOLL=0\nFDNAME=" + std::string(name), fd);
}

void ServiceNotify::remove(std::string_view name) {
  if (!active()) return;
  if (removals_.size() < removals_max) removals_.emplace_back(name);
  flush_removals();
}

void ServiceNotify::flush_removals() {
  std::size_t sent = 0;
  while (sent < removals_.size() && transmit("FDSTOREREMOVE=1\nFDNAME=" + removals_[sent], -1)) ++sent;
  removals_.erase(removals_.begin(), removals_.begin() + static_cast<std::ptrdiff_t>(sent));
}

HandedOver take_handed_over() {
  HandedOver found;
  const int count = is_for_us("LISTEN_PID") ? number_in<int>("LISTEN_FDS").value_or(0) : 0;
  const char* names_text = std::getenv("LISTEN_FDNAMES");
  const auto names = split(names_text == nullptr ? "" : names_text, ':');
  for (int i = 0; i < count; ++i) {
    const int fd = first_handed_over + i;
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) continue;
    const auto at = static_cast<std::size_t>(i);
    found.emplace(at < names.size() ? names[at] : "unknown", common::UniqueFd(fd));
  }
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  return found;
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const auto interval = number_in<std::int64_t>("WATCHDOG_USEC");
  if (!interval || *interval <= 0 || !is_for_us("WATCHDOG_PID")) return std::nullopt;
  return std::chrono::microseconds(*interval);
}

int fd_store_max() {
  return std::max(0, number_in<int>("FDSTORE").value_or(0));
}

}  // namespace supervisor
