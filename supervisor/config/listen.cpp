#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "supervisor/config/findings.h"
#include "supervisor/config/parse.h"

namespace supervisor {
namespace {

constexpr const char* allowed_listen =
    "; allowed: ADDRESS:PORT in numbers, such as \"127.0.0.1:8080\" or \"[::1]:8080\"";

constexpr std::size_t host_bytes_max = 253;  // RFC 1035 2.3.4, as text

common::Error bad_listen(std::string_view text, const std::string& why) {
  return common::error("is " + in_quotes(text) + ": " + why + allowed_listen);
}

bool fill_ipv4(ListenAddress& result) {
  in_addr address{};
  if (::inet_pton(AF_INET, result.address.c_str(), &address) != 1) return false;
  result.loopback = ntohl(address.s_addr) >> 24 == 127;
  return true;
}

bool fill_ipv6(ListenAddress& result) {
  in6_addr address{};
  if (::inet_pton(AF_INET6, result.address.c_str(), &address) != 1) return false;
  result.loopback = IN6_IS_ADDR_LOOPBACK(&address);
  return true;
}

}  // namespace

common::Result<ListenAddress> parse_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_listen(text, "no port");
  const std::string_view port = text.substr(colon + 1);
  std::string_view host = text.substr(0, colon);
  const bool has_brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (has_brackets) host = host.substr(1, host.size() - 2);

  ListenAddress result;
  result.address = host;
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (failure != std::errc() || end != port.data() + port.size())
    return bad_listen(text, "no port from 0 to 65535");
  if (host == "localhost") return bad_listen(text, "names are not resolved, write 127.0.0.1");
  const bool is_address =
      host.find('\0') == std::string_view::npos && (has_brackets ? fill_ipv6(result) : fill_ipv4(result));
  if (!is_address) return bad_listen(text, "no IPv4 address, and no IPv6 address in brackets");
  return result;
}

bool is_lan_allowed(const Server& server) {
  const bool asks_who = !server.auth.users.empty() || !server.auth.tokens.empty();
  return server.insecure_lan || (asks_who && !server.tls.key.empty());
}

common::Result<ListenAddress> check_listen(std::string_view listen, bool lan_allowed) {
  auto address = parse_listen(listen);
  if (!address || address->loopback || lan_allowed) return address;
  return common::error(
      "other machines reach " + in_quotes(listen) +
      ", and that takes \"tls\" with a key and credentials in \"auth\": else passwords and the picture "
      "could be read on that network, or anybody there could stop the stream; allowed: 127.0.0.1 or [::1], "
      "or \"insecure_lan\": true in \"server\"");
}

common::Result<void> check_host(std::string_view host) {
  const auto is_allowed = [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_';
  };
  const bool is_name = !host.empty() && host.size() <= host_bytes_max && host.front() != '.' &&
                       host.back() != '.' && std::all_of(host.begin(), host.end(), is_allowed);
  if (is_name) return {};
  return common::error("is " + in_quotes(host) +
                       "; allowed: a name such as \"stream.example.org\", without scheme, port and path");
}

}  // namespace supervisor
