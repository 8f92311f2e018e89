#include "supervisor/config/mail_addresses.h"

#include <algorithm>

namespace supervisor {
namespace {

bool is_mail_address(std::string_view address) {
  const auto at = address.find('@');
  const bool one_at = at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
                      address.find('@', at + 1) == std::string_view::npos;
  return one_at && address.size() <= mail_address_bytes_max &&
         std::all_of(address.begin(), address.end(), [](char c) {
           return c > ' ' && c != 0x7F && std::string_view("<>()[]\\,;:\"").find(c) == std::string_view::npos;
         });
}

}  // namespace

std::optional<std::vector<std::string>> parse_mail_addresses(std::string_view text) {
  std::vector<std::string> addresses;
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view address = text.substr(0, comma);
    while (!address.empty() && address.front() == ' ') address.remove_prefix(1);
    while (!address.empty() && address.back() == ' ') address.remove_suffix(1);
    if (!is_mail_address(address) || addresses.size() == mail_addresses_max) return std::nullopt;
    addresses.emplace_back(address);
    if (comma == text.size()) return addresses;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace supervisor
