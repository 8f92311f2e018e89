// What systemd is told, and what it keeps for us: the protocol of sd_notify(3) and sd_listen_fds(3), written
// by ourselves. libsystemd's sd_notify() may block: it sends without MSG_DONTWAIT, and the event loop must
// never wait for anybody. Without systemd ($NOTIFY_SOCKET) every call does nothing and answers false.
// Event-loop thread. A datagram that finds the queue full is not sent: the caller decides what to repeat.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/unique_fd.h"

namespace supervisor {

class ServiceNotify {
 public:
  static constexpr std::size_t removals_max = 4096;  // that wait for room in the queue

  // $NOTIFY_SOCKET ("/path" or "@abstract"); null or empty: no systemd.
  explicit ServiceNotify(const char* socket_path);

  bool active() const { return static_cast<bool>(socket_); }
  // Lines "NAME=VALUE" with newlines between.
  bool send(std::string_view message);
  bool ready() { return send("READY=1"); }
  bool stopping() { return send("STOPPING=1"); }
  bool watchdog() { return send("WATCHDOG=1"); }
  bool status(std::string_view text);
  // "RELOADING=1" with the monotonic time that Type=notify-reload asks for; ready() ends it.
  bool reloading();

  // systemd keeps a duplicate until remove(), and hands it to the next process of the service. Name: no
  // colon, no control character, at most 255 bytes.
  bool store(int fd, std::string_view name);
  // Sent now, or with a later call when the queue is full.
  void remove(std::string_view name);
  void flush_removals();

 private:
  bool transmit(std::string_view message, int fd);

  common::UniqueFd socket_;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::vector<std::string> removals_;
};

// What systemd handed over, by name (one name may stand for several). Takes the descriptors and removes the
// variables, so that no worker sees them; call once, first of all.
using HandedOver = std::multimap<std::string, common::UniqueFd>;
HandedOver take_handed_over();

// Half of $WATCHDOG_USEC is the latest for WATCHDOG=1; nothing: systemd does not watch this process.
std::optional<std::chrono::microseconds> watchdog_interval();
// $FDSTORE: how many descriptors systemd keeps for us (set by systemd 254 and later, and by our unit file).
int fd_store_max();

}  // namespace supervisor
