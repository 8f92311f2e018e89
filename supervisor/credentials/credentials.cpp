#include "supervisor/credentials/credentials.h"

#define OPENSSL_SUPPRESS_DEPRECATED  // sha256()
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <stdexcept>

#include "supervisor/credentials/encoding.h"

namespace supervisor {
namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::size_t digest_bytes = 32;
constexpr std::string_view token_prefix = "dst_";
constexpr std::size_t token_random_bytes = 32;  // 256 bits
constexpr std::string_view token_hash_prefix = "sha256:";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

common::Error bad_password_hash() {
  return common::error(
      "is no password hash; allowed: what `streamer-supervisor passwd` prints, "
      "$scrypt$ln=14,r=8,p=5$SALT$DIGEST with a cost of at most ln=17, r=16, p=16 and 128 MiB");
}

// Takes "NAME=DIGITS" and what ends it off the front.
bool take_cost(std::string_view& text, std::string_view name, char end, unsigned& value) {
  if (!text.starts_with(name)) return false;
  text.remove_prefix(name.size());
  const std::size_t length = std::min(text.find(end), text.size());
  const std::string_view digits = text.substr(0, length);
  const auto [stop, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed != std::errc() || stop != digits.data() + digits.size() || length == text.size()) return false;
  text.remove_prefix(length + 1);
  return true;
}

bool is_affordable(const PasswordHash& hash) {
  const bool in_range = hash.log_n >= 1 && hash.log_n <= scrypt_log_n_max && hash.r >= 1 &&
                        hash.r <= scrypt_r_max && hash.p >= 1 && hash.p <= scrypt_p_max;
  return in_range && (std::size_t{128} * hash.r << hash.log_n) <= (std::size_t{128} << 20);
}

bool is_length(const std::string& bytes, std::size_t min) {
  return bytes.size() >= min && bytes.size() <= 64;
}

// Empty: it could not be computed.
std::string scrypt(std::string_view password, const PasswordHash& cost, std::size_t length) {
  std::string digest(length, '\0');
  const int done = EVP_PBE_scrypt(password.data(), password.size(), bytes_of(cost.salt), cost.salt.size(),
                                  std::uint64_t{1} << cost.log_n, cost.r, cost.p, scrypt_memory_bytes_max,
                                  bytes_of(digest), digest.size());
  return done == 1 ? digest : std::string();
}

}  // namespace

common::Result<PasswordHash> parse_password_hash(std::string_view text) {
  constexpr std::string_view head = "$scrypt$";
  if (!text.starts_with(head)) return bad_password_hash();
  text.remove_prefix(head.size());
  PasswordHash hash;
  const bool has_cost = take_cost(text, "ln=", ',', hash.log_n) && take_cost(text, "r=", ',', hash.r) &&
                        take_cost(text, "p=", '$', hash.p);
  const std::size_t middle = text.find('$');
  if (!has_cost || middle == std::string_view::npos || !is_affordable(hash)) return bad_password_hash();
  const auto salt = from_base64(text.substr(0, middle), Base64::Standard);
  const auto digest = from_base64(text.substr(middle + 1), Base64::Standard);
  if (!salt || !digest) return bad_password_hash();
  hash.salt = *salt;
  hash.digest = *digest;
  if (!is_length(hash.salt, 8) || !is_length(hash.digest, 16)) return bad_password_hash();
  return hash;
}

std::string format_password_hash(const PasswordHash& hash) {
  return "$scrypt$ln=" + std::to_string(hash.log_n) + ",r=" + std::to_string(hash.r) +
         ",p=" + std::to_string(hash.p) + "$" + to_base64(hash.salt, Base64::Standard) + "$" +
         to_base64(hash.digest, Base64::Standard);
}

common::Result<std::string> hash_password(std::string_view password, PasswordHash hash) {
  if (password.size() < password_bytes_min || password.size() > password_bytes_max) {
    return common::error("a password has " + std::to_string(password_bytes_min) + " to " +
                         std::to_string(password_bytes_max) + " bytes; this one has " +
                         std::to_string(password.size()));
  }
  hash.salt = random_bytes(salt_bytes);
  hash.digest = scrypt(password, hash, digest_bytes);
  if (hash.digest.empty()) return common::error("scrypt could not be computed: is there memory left?");
  return format_password_hash(hash);
}

bool verify_password(std::string_view password, const PasswordHash& wanted) {
  if (wanted.digest.empty()) return false;
  const std::string digest = scrypt(password, wanted, wanted.digest.size());
  return !digest.empty() && is_equal_in_constant_time(digest, wanted.digest);
}

PasswordHash decoy_hash() {
  PasswordHash hash;
  hash.salt = std::string(salt_bytes, 's');
  hash.digest = random_bytes(digest_bytes);
  return hash;
}

std::string make_token() {
  return std::string(token_prefix) + to_base64(random_bytes(token_random_bytes), Base64::Url);
}

std::string hash_token(std::string_view token) {
  return std::string(token_hash_prefix) + to_hex(sha256(token));
}

common::Result<std::string> parse_token_hash(std::string_view text) {
  const auto digest = text.starts_with(token_hash_prefix) ? from_hex(text.substr(token_hash_prefix.size()))
                                                          : std::optional<std::string>();
  if (digest && digest->size() == SHA256_DIGEST_LENGTH) return *digest;
  return common::error(
      "is no token hash; allowed: what `streamer-supervisor token` prints, sha256: and 64 hexadecimal "
      "digits");
}

bool is_account_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '@' || c == '-';
  };
  return !name.empty() && name.size() <= account_name_bytes_max &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  // The kernel's: libcrypto's own generator takes megabytes that most services need for nothing else.
  for (std::size_t done = 0; done < count;) {
    const ssize_t size = ::getrandom(bytes.data() + done, count - done, 0);
    // Going on with bytes that somebody could guess would be worse than not going on.
    if (size < 0 && errno != EINTR) throw std::runtime_error("no randomness");
    done += static_cast<std::size_t>(std::max<ssize_t>(size, 0));
  }
  return bytes;
}

std::string sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  // Without the providers, which SHA256() would load and which take a megabyte.
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(bytes_of(digest), &context);
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(),
       bytes_of(digest), &length);
  digest.resize(length);
  return digest;
}

bool is_equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace supervisor
