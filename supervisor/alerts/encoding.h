// Encodings and the signature of generic webhooks. Pure (the hash is OpenSSL's).
#pragma once

#include <string>
#include <string_view>

namespace supervisor {

std::string base64(std::string_view bytes);

// HMAC-SHA256 (RFC 2104) in lower-case hex.
std::string hmac_sha256_hex(std::string_view key, std::string_view message);

// What a receiver checks: "sha256=" and the HMAC of TIMESTAMP "." BODY. `timestamp`: Unix seconds, as sent in
// X-Streamer-Timestamp; a receiver refuses what is too old, so that nothing can be sent again by others.
std::string webhook_signature(std::string_view secret, std::int64_t timestamp, std::string_view body);

}  // namespace supervisor
