// Takes secrets out of text that people or other programs will read: log lines, events, incidents, status.
// Pure.
#pragma once

#include <string>
#include <string_view>

namespace common {

inline constexpr const char* redacted = "(secret)";

// `text` with "(secret)" in the place of what opens a door:
//   rtsp://user:pass@host          user and password of any address, also when the text was cut inside them
//   ?key=...&token=...&sig=...     values of parameters whose names speak of secrets
//   hooks.slack.com/services/...   the part of an address that is its key: webhooks, stream keys of RTMP,
//   long random names password=... "token":"..."     the same names outside of addresses Authorization: Basic
//   ...       credentials of HTTP
// Rather too much than too little. Redacting twice changes nothing.
std::string redact(std::string_view text);

// Whether the name of a parameter speaks of a secret: "passphrase", "X-Api-Key", "streamid".
bool names_secret(std::string_view name);

// What every text of a worker goes through: made printable, redacted, then cut at `length_max` bytes, in this
// order, so that no secret hides behind an escape or an edge.
std::string outside_text(std::string_view text, std::size_t length_max = 1024);

}  // namespace common
