// Magic cookies: the file that lets a client in (xauth(1)).
#pragma once

#include <cstdint>
#include <string>

#include "common/result.h"

namespace worker {

// The MIT-MAGIC-COOKIE-1 for display number `number` in `path`; this machine's entry before others. An empty
// path is the usual file ($XAUTHORITY, ~/.Xauthority), and then a missing file is an empty cookie, not an
// error. Error: "display_auth: ...", the named file cannot be read or has no entry for the display.
common::Result<std::string> read_cookie(const std::string& path, int number);

// Which cookie file it is and in which state, to see that another was put there; equal when nothing was done
// to it, and for files that are not there.
struct CookieStamp {
  std::uint64_t inode = 0;
  std::int64_t changed_ns = 0;  // wall clock, of the file system
  std::int64_t bytes = -1;
  friend bool operator==(const CookieStamp&, const CookieStamp&) = default;
};
// path: as for read_cookie.
CookieStamp stamp_of_cookie(const std::string& path);

// Names the usual file in $XAUTHORITY, where that is not set. Until then libXau, for xcb too, makes up the
// name of ~/.Xauthority in memory that all threads share: to be called before there are any.
void name_usual_cookie_file();

inline constexpr const char* cookie_protocol = "MIT-MAGIC-COOKIE-1";

}  // namespace worker
