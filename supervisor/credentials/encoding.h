// Bytes as text: base64 and hexadecimal. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace supervisor {

enum class Base64 { Standard, Url };

// Without padding.
std::string to_base64(std::string_view bytes, Base64 alphabet);
// With or without padding; nothing for any other character, or a length that no bytes have.
std::optional<std::string> from_base64(std::string_view text, Base64 alphabet);

std::string to_hex(std::string_view bytes);                  // lower case
std::optional<std::string> from_hex(std::string_view text);  // either case

}  // namespace supervisor
