// Mail addresses as the configuration lists them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace supervisor {

inline constexpr std::size_t mail_addresses_max = 50;
inline constexpr std::size_t mail_address_bytes_max = 320;

// "a@x.org, b@y.org" to its addresses; each with one @, and without blanks, quotes, brackets or control
// characters, so that it can stand in a header and in a command of SMTP as it is. Nothing: one of them does
// not fit, there are too many, or none.
std::optional<std::vector<std::string>> parse_mail_addresses(std::string_view text);

}  // namespace supervisor
