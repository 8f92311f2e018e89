#include "supervisor/http/auth_limit.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace supervisor {

std::chrono::milliseconds LoginLimit::wait_after(int attempts) const {
  if (attempts < settings_.free_attempts) return std::chrono::milliseconds(0);
  const int doublings = std::min(attempts - settings_.free_attempts, 30);
  const auto wait = settings_.delay.count() << doublings;
  return std::min(std::chrono::milliseconds(wait), settings_.delay_max);
}

std::chrono::milliseconds LoginLimit::try_now(const std::string& address, common::MonoTime now) {
  const std::chrono::milliseconds patience =
      std::max<std::chrono::milliseconds>(forget_after, settings_.delay_max * 10);
  auto found = entries_.find(address);
  if (found != entries_.end() && now - found->second.last >= patience) {
    entries_.erase(found);
    found = entries_.end();
  }
  if (found == entries_.end()) {
    make_room();
    found = entries_.try_emplace(address).first;
  }
  Entry& entry = found->second;
  const auto may_at = entry.last + wait_after(entry.attempts);
  if (entry.attempts > 0 && now < may_at) return std::chrono::ceil<std::chrono::milliseconds>(may_at - now);
  ++entry.attempts;
  entry.last = now;
  return std::chrono::milliseconds(0);
}

void LoginLimit::forgive(const std::string& address) {
  entries_.erase(address);
}

void LoginLimit::take_back(const std::string& address) {
  const auto found = entries_.find(address);
  if (found == entries_.end()) return;
  if (--found->second.attempts <= 0) entries_.erase(found);
}

void LoginLimit::make_room() {
  if (entries_.size() < addresses_max) return;
  entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
    return a.second.last < b.second.last;
  }));
}

std::string login_address(const std::string& peer) {
  in6_addr address{};
  if (::inet_pton(AF_INET6, peer.c_str(), &address) != 1) return peer;
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address.s6_addr[12], text.data(), text.size());
    return text.data();
  }
  std::memset(&address.s6_addr[8], 0, 8);
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, &address, text.data(), text.size());
  return std::string(text.data()) + "/64";
}

}  // namespace supervisor
