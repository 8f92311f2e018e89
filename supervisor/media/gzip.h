// Text in the coding gzip (RFC 1952), for HTTP. Pure; takes about 10 ns for each byte, so callers bound what
// they hand over, and keep the result of what is asked for often.
#pragma once

#include <string>
#include <string_view>

namespace supervisor {

// Empty when zlib has no memory: then the text is sent as it is.
std::string gzip(std::string_view text);

}  // namespace supervisor
