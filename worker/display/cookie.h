// Magic cookies: the file that lets a client in (xauth(1)).
#pragma once

#include <string>

#include "common/result.h"

namespace worker {

// The MIT-MAGIC-COOKIE-1 for display number `number` in `path`; this machine's entry before others. An empty
// path is the usual file ($XAUTHORITY, ~/.Xauthority), and then a missing file is an empty cookie, not an
// error. Error: "display_auth: ...", the named file cannot be read or has no entry for the display.
common::Result<std::string> read_cookie(const std::string& path, int number);

inline constexpr const char* cookie_protocol = "MIT-MAGIC-COOKIE-1";

}  // namespace worker
