#include "common/redact.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "common/printable.h"

namespace common {
namespace {

constexpr std::size_t outside_bytes_max = 16 * 1024;  // as escaped; a worker's line has at most 4 KiB
constexpr std::size_t random_name_bytes_min = 24;
// Parts of the names of parameters in addresses.
constexpr std::array parameter_words = {
    std::string_view("key"),     std::string_view("token"),   std::string_view("secret"),
    std::string_view("pass"),    std::string_view("pwd"),     std::string_view("auth"),
    std::string_view("sig"),     std::string_view("cred"),    std::string_view("code"),
    std::string_view("session"), std::string_view("streamid")};
// Ends of names outside of addresses.
constexpr std::array name_ends = {std::string_view("password"),   std::string_view("passwd"),
                                  std::string_view("passphrase"), std::string_view("secret"),
                                  std::string_view("token"),      std::string_view("apikey"),
                                  std::string_view("api_key"),    std::string_view("access_key")};
// What follows these in a path is a key.
constexpr std::array key_folders = {std::string_view("services"), std::string_view("webhook"),
                                    std::string_view("webhooks"), std::string_view("hook"),
                                    std::string_view("hooks")};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

bool ends_address(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '`';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The length of "user:pass@" at the front of what follows "://".
std::size_t user_length(std::string_view rest) {
  const std::size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) return at + 1;
  // No port behind the colon: a password with one of these signs in it, or one that was cut.
  const std::size_t colon = authority.find(':');
  if (colon == std::string_view::npos || authority.front() == '[') return 0;
  std::string_view after = authority.substr(colon + 1);
  // "tcp://host:80: refused": the sentence goes on.
  while (!after.empty() && std::string_view(":,.;)").find(after.back()) != std::string_view::npos)
    after.remove_suffix(1);
  const bool is_port = std::all_of(after.begin(), after.end(), is_digit);
  const std::size_t at = rest.rfind('@');
  if (is_port) return 0;
  return at == std::string_view::npos ? rest.size() : at + 1;
}

bool is_random_name(std::string_view segment) {
  if (segment.size() < random_name_bytes_min) return false;
  const bool plain = std::all_of(segment.begin(), segment.end(), is_name);
  const bool digit = std::any_of(segment.begin(), segment.end(), is_digit);
  const bool letter =
      std::any_of(segment.begin(), segment.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
  return plain && digit && letter;
}

void add_path(std::string_view scheme, std::string_view path, std::string& out) {
  const bool rtmp = scheme.substr(0, 4) == "rtmp";
  int segments = 0;
  bool is_key = false;
  while (!path.empty()) {
    out += '/';
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    is_key = is_key || (rtmp && segments >= 1);
    ++segments;
    if (is_key && !segment.empty()) {
      out += redacted;
      return;  // and whatever comes after it
    }
    if (is_random_name(segment)) {
      out += redacted;
    } else {
      out += segment;
    }
    is_key = std::find(key_folders.begin(), key_folders.end(), lower(segment)) != key_folders.end();
  }
}

// "?a=b&key=c#d"
void add_parameters(std::string_view text, std::string& out) {
  while (!text.empty()) {
    out += text.front();
    text.remove_prefix(1);
    const std::string_view pair = text.substr(0, text.find_first_of("&;?#"));
    text.remove_prefix(pair.size());
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && names_secret(pair.substr(0, equals))) {
      out.append(pair.substr(0, equals + 1)).append(redacted);
    } else {
      out += pair;
    }
  }
}

// What follows "://"; the length that was taken.
std::size_t add_address(std::string_view scheme, std::string_view text, std::string& out) {
  const auto end = std::find_if(text.begin(), text.end(), ends_address);
  std::string_view address = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  const std::size_t length = address.size();
  if (address.empty()) return 0;
  if (const std::size_t user = user_length(address); user > 0) {
    out += redacted;
    if (address[user - 1] == '@') out += '@';
    address.remove_prefix(user);
  }
  const std::string_view host = address.substr(0, address.find_first_of("/?#"));
  out += host;
  address.remove_prefix(host.size());
  const std::string_view path = address.substr(0, address.find_first_of("?#"));
  add_path(lower(scheme), path, out);
  add_parameters(address.substr(path.size()), out);
  return length;
}

// The word that ends at the end of `out`.
std::string_view last_name(const std::string& out) {
  std::size_t start = out.size();
  while (start > 0 && is_name(out[start - 1])) --start;
  return std::string_view(out).substr(start);
}

bool is_secret_name(std::string_view name) {
  const std::string low = lower(name);
  return std::any_of(name_ends.begin(), name_ends.end(), [&low](std::string_view end) {
    return low.size() >= end.size() && low.compare(low.size() - end.size(), end.size(), end) == 0;
  });
}

// After a secret's name: the length up to the value, 0 when no value follows ("password: must be text" has
// none).
std::size_t value_offset(std::string_view text) {
  if (text.substr(0, 1) == "=") return text.substr(1, 1) == "\"" ? 2 : 1;
  if (text.substr(0, 2) == "\\\"") text = text.substr(1);
  if (text.substr(0, 1) != "\"") return 0;
  std::size_t at = text.find_first_not_of(' ', 1);
  if (at == std::string_view::npos || (text[at] != ':' && text[at] != '=')) return 0;
  at = text.find_first_not_of(' ', at + 1);
  return at != std::string_view::npos && text[at] == '"' ? at + 1 : 0;
}

std::size_t value_length(std::string_view text, bool quoted) {
  if (text.substr(0, std::string_view(redacted).size()) == redacted) return std::string_view(redacted).size();
  if (!quoted) return std::min(text.find_first_of(" \t\n&,;\"')}]"), text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i;
    }
  }
  return text.size();
}

// `text` stands behind a name; the length that was taken.
std::size_t add_value(std::string_view text, std::string& out) {
  if (text.empty() || (text[0] != '=' && text[0] != '"') || !is_secret_name(last_name(out))) return 0;
  const std::size_t offset = value_offset(text);
  if (offset == 0) return 0;
  const std::size_t length = value_length(text.substr(offset), text[offset - 1] == '"');
  if (length == 0) return 0;
  out.append(text.substr(0, offset)).append(redacted);
  return offset + length;
}

// "uthorization: Basic abc": the length up to the end of the credentials.
std::size_t add_authorization(std::string_view text, std::string& out) {
  constexpr std::string_view name = "uthorization:";
  if (lower(text.substr(0, name.size())) != name) return 0;
  const std::size_t end = std::min(text.find_first_of("\r\n\"'"), text.size());
  out.append(text.substr(0, name.size())).append(" ").append(redacted);
  return end;
}

}  // namespace

bool names_secret(std::string_view name) {
  const std::string low = lower(name);
  return std::any_of(parameter_words.begin(), parameter_words.end(),
                     [&low](std::string_view word) { return low.find(word) != std::string::npos; });
}

std::string redact(std::string_view text) {
  if (text.find_first_of(":=\"") == std::string_view::npos) return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t taken = 0;
    if (text.substr(0, 3) == "://" && !last_name(out).empty()) {
      const std::string scheme(last_name(out));
      out += "://";
      taken = 3 + add_address(scheme, text.substr(3), out);
    } else if (text[0] == '=' || text[0] == '"') {
      taken = add_value(text, out);
    } else if (text[0] == 'u' && !out.empty() && (out.back() == 'a' || out.back() == 'A')) {
      taken = add_authorization(text, out);
    }
    if (taken == 0) {
      out += text[0];
      taken = 1;
    }
    text.remove_prefix(taken);
  }
  return out;
}

std::string outside_text(std::string_view text, std::size_t length_max) {
  const std::string whole = redact(printable(text, outside_bytes_max));
  // printable() leaves these bytes as they are, and cuts between characters.
  return whole.size() <= length_max ? whole : printable(whole, length_max);
}

}  // namespace common
