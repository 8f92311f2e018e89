// Pieces of header fields (RFC 9110 5.6): optional white space, and names that are alike in ASCII. Pure.
#pragma once

#include <string_view>

namespace supervisor {

// Without the spaces and tabs at both ends.
inline std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Of A to Z only, whatever the locale.
inline char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace supervisor
