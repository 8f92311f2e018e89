// What a client takes: media types (Accept) and codings (Accept-Encoding) of text that is made for it alone.
// Pure.
#pragma once

#include <string_view>

#include "supervisor/http/reply.h"
#include "supervisor/http/request.h"

namespace supervisor {

// Below it the header of gzip costs more than the coding saves.
inline constexpr std::size_t gzip_bytes_min = 1024;
// Above it the event loop would stand still for too long: sent as it is.
inline constexpr std::size_t gzip_bytes_max = 4u << 20;

// RFC 9110 12.5.1, as far as one type is asked about: "type/subtype", "type/*" or "*/*" with a weight above
// 0. An empty field accepts everything. Errors are sent whatever is accepted.
bool accepts_type(std::string_view accept, std::string_view type);

// Compresses JSON and plain text of the API for whom accepts it, and says that the answer hangs on it. Media,
// playlists (compressed once a change, by their stream), event streams and files of the dashboard are left
// alone.
void compress(const HttpRequest& request, Reply& reply);

}  // namespace supervisor
