#include "supervisor/alerts/address_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace supervisor {
namespace {

struct Range4 {
  std::uint32_t network;
  int bits;
};
// The special-purpose registry of IPv4 (RFC 6890) that is not globally reachable, and multicast.
constexpr std::array private_ranges = {Range4{0x00000000, 8},  Range4{0x0A000000, 8},  Range4{0x64400000, 10},
                                       Range4{0x7F000000, 8},  Range4{0xA9FE0000, 16}, Range4{0xAC100000, 12},
                                       Range4{0xC0000000, 24}, Range4{0xC0000200, 24}, Range4{0xC0586300, 24},
                                       Range4{0xC0A80000, 16}, Range4{0xC6120000, 15}, Range4{0xC6336400, 24},
                                       Range4{0xCB007100, 24}, Range4{0xE0000000, 3}};

bool is_private4(std::uint32_t address) {
  return std::any_of(private_ranges.begin(), private_ranges.end(), [address](const Range4& range) {
    return (address ^ range.network) >> (32 - range.bits) == 0;
  });
}

using Bytes6 = std::array<std::uint8_t, 16>;

std::uint32_t word(const Bytes6& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
         std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
}

bool is_private6(const Bytes6& b) {
  const bool upper_zero = word(b, 0) == 0 && word(b, 4) == 0;
  if (upper_zero && word(b, 8) == 0x0000FFFF) return is_private4(word(b, 12));  // ::ffff:a.b.c.d
  if (upper_zero) return true;                                                  // ::, ::1, ::a.b.c.d
  if (word(b, 0) == 0x0064FF9B)
    return word(b, 4) != 0 || word(b, 8) != 0 || is_private4(word(b, 12));  // NAT64
  if (b[0] == 0x20 && b[1] == 0x02) return is_private4(word(b, 2));         // 6to4
  if (word(b, 0) == 0x20010000) return true;                                // Teredo
  if (word(b, 0) == 0x20010DB8) return true;                                // documentation
  return (b[0] & 0xE0) != 0x20;                                             // only 2000::/3 is global
}

}  // namespace

bool is_private_address(const sockaddr* address, socklen_t size) {
  if (address->sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return is_private4(ntohl(v4.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    Bytes6 bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return is_private6(bytes);
  }
  return true;
}

std::string address_text(const sockaddr* address, socklen_t size) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    if (::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size())) return text.data();
  }
  if (address->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    if (::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size())) return text.data();
  }
  return "an address of another kind";
}

}  // namespace supervisor
