// How a password and a token are kept in the configuration: never themselves, only what proves them.
// - A password: scrypt (RFC 7914) in a string that names its cost and salt,
//   "$scrypt$ln=14,r=8,p=5$SALT$DIGEST", base64 without padding. Slow on purpose.
// - A token: 256 random bits as "dst_" and 43 letters; kept as "sha256:" and 64 hexadecimal digits. What is
//   random cannot be guessed, so a fast digest is enough.
// No file, no clock, no thread; randomness and digests are OpenSSL's. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/result.h"

namespace supervisor {

inline constexpr std::size_t password_bytes_min = 8;
inline constexpr std::size_t password_bytes_max = 1024;
inline constexpr std::size_t account_name_bytes_max = 64;

// The cost of new hashes: 16 MiB for a quarter of a second, as hard to guess as N=2^17, p=1 with an eighth of
// its memory.
inline constexpr unsigned scrypt_log_n = 14;
inline constexpr unsigned scrypt_r = 8;
inline constexpr unsigned scrypt_p = 5;
// What a hash in the file may ask for: a guard against one that would eat the machine.
inline constexpr unsigned scrypt_log_n_max = 17;
inline constexpr unsigned scrypt_r_max = 16;
inline constexpr unsigned scrypt_p_max = 16;
inline constexpr std::size_t scrypt_memory_bytes_max = std::size_t{192} << 20;

struct PasswordHash {
  unsigned log_n = scrypt_log_n;
  unsigned r = scrypt_r;
  unsigned p = scrypt_p;
  std::string salt;    // 8 to 64 bytes
  std::string digest;  // 16 to 64 bytes
};

// The error says what is allowed, and never repeats the text.
common::Result<PasswordHash> parse_password_hash(std::string_view text);
std::string format_password_hash(const PasswordHash& hash);

// With a new salt. Takes a quarter of a second and 16 MiB: not on the event loop. An error: the password is
// too short or too long, or OpenSSL refuses. `cost`: its salt and digest are not used.
common::Result<std::string> hash_password(std::string_view password, PasswordHash cost = {});
// Takes as long. False also when the memory for it is not there.
bool verify_password(std::string_view password, const PasswordHash& wanted);
// Of no password: what is compared for a name that nobody has, so that its answer takes as long.
PasswordHash decoy_hash();

std::string make_token();
// "sha256:..." of what a client sends.
std::string hash_token(std::string_view token);
// "sha256:..." -> 32 bytes.
common::Result<std::string> parse_token_hash(std::string_view text);

// 1 to account_name_bytes_max of A-Z, a-z, 0-9, and . _ @ - : what needs no escape in a header or a log.
bool is_account_name(std::string_view name);

// Throws when the machine has no randomness.
std::string random_bytes(std::size_t count);
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
// The time depends on the lengths only.
bool is_equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace supervisor
