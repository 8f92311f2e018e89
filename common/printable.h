// Text from outside, made safe to print. Pure.
#pragma once

#include <string>
#include <string_view>

namespace common {

// `text` with control bytes and invalid UTF-8 written as \xNN, cut at `length_max` bytes: nothing that comes
// from outside reaches a terminal or a JSON text unescaped (faults C13, P21).
std::string printable(std::string_view text, std::size_t length_max = 1024);

}  // namespace common
