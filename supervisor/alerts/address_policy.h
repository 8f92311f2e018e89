// Which addresses a webhook may reach: the public Internet only, unless allow_private says otherwise, so that
// nobody who may edit an address can make the service call what only this machine or its network can reach
// (a metadata service, a router, a database). Asked for each connection, with what the name resolved to, not
// with the name: a name that changes its meaning in between gains nothing (faults A06). Pure.
#pragma once

#include <netinet/in.h>

#include <string>

namespace supervisor {

// Loopback, private, link-local, shared (RFC 6598), reserved, multicast and unspecified addresses of IPv4 and
// IPv6, also inside mapped, NAT64 and 6to4 addresses; and everything that is neither IPv4 nor IPv6.
bool is_private_address(const sockaddr* address, socklen_t size);

// "192.0.2.1", "2001:db8::1"; for the text of a refusal.
std::string address_text(const sockaddr* address, socklen_t size);

}  // namespace supervisor
