#include "supervisor/http/auth.h"

#include <algorithm>

#include "supervisor/credentials/credentials.h"
#include "supervisor/credentials/encoding.h"
#include "supervisor/http/field_text.h"
#include "supervisor/http/request.h"

namespace supervisor {
namespace {

constexpr std::string_view token_beginning = "dst_";

bool is_scheme(std::string_view text, std::string_view scheme) {
  return text.size() == scheme.size() &&
         std::equal(text.begin(), text.end(), scheme.begin(), [](char a, char b) { return lower(a) == b; });
}

// RFC 6750 2.1: b64token.
bool is_token(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~+/=").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_allowed);
}

Presented unreadable() {
  return {Presented::Kind::Unreadable, {}, {}};
}

Presented read_basic(std::string_view encoded) {
  const auto pair = from_base64(encoded, Base64::Standard);
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return unreadable();
  Presented presented{Presented::Kind::Password, pair->substr(0, colon), pair->substr(colon + 1)};
  if (presented.secret.empty() || presented.secret.size() > password_bytes_max) return unreadable();
  // Players know only Basic: there a token goes where the password goes, under any name.
  if (presented.secret.starts_with(token_beginning) && is_token(presented.secret))
    presented.kind = Presented::Kind::Token;
  else if (!is_account_name(presented.name))
    return unreadable();
  return presented;
}

AccessVerdict unknown() {
  return {401,
          "This needs credentials: log in on the dashboard, or send \"Authorization: Bearer TOKEN\" "
          "(`streamer-supervisor token` makes one). Players take NAME:PASSWORD@ in front of the host."};
}

}  // namespace

std::string_view role_name(Role role) {
  if (role == Role::Viewer) return "viewer";
  return role == Role::Operator ? "operator" : "";
}

std::optional<Role> parse_role(std::string_view name) {
  if (name == "viewer") return Role::Viewer;
  if (name == "operator") return Role::Operator;
  return std::nullopt;
}

Presented read_authorization(std::string_view field) {
  if (field.empty()) return {};
  if (field.size() > presented_bytes_max) return unreadable();
  const std::size_t space = std::min(field.find(' '), field.size());
  const std::string_view rest = trim(field.substr(space));
  if (is_scheme(field.substr(0, space), "basic")) return read_basic(rest);
  if (is_scheme(field.substr(0, space), "bearer") && is_token(rest))
    return {Presented::Kind::Token, {}, std::string(rest)};
  return unreadable();
}

std::string_view read_session_cookie(std::string_view field) {
  while (!field.empty()) {
    const std::size_t end = std::min(field.find(';'), field.size());
    const std::string_view pair = trim(field.substr(0, end));
    field.remove_prefix(std::min(end + 1, field.size()));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == session_cookie_name)
      return pair.substr(equals + 1);
  }
  return {};
}

std::string session_cookie(std::string_view value, std::int64_t max_age_seconds, bool over_tls) {
  std::string cookie(session_cookie_name);
  cookie.append("=").append(value);
  cookie += "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" +
            std::to_string(value.empty() ? 0 : std::max<std::int64_t>(max_age_seconds, 0));
  if (over_tls) cookie += "; Secure";
  return cookie;
}

AccessVerdict judge_access(const AccessRules& rules, Needs needs, const Identity& who, bool from_here) {
  if (needs == Needs::Nothing) return {};
  if (!rules.required) {
    if (needs != Needs::OperatorOfConfig || from_here) return {};
    return {403,
            "Without credentials the configuration is written from this machine only. Add server.auth to the "
            "configuration file, or do it there."};
  }
  if (needs == Needs::Media && rules.public_media) return {};
  if (who.role == Role::Nobody) return unknown();
  const bool reads = needs == Needs::Media || needs == Needs::Viewer;
  if (!reads && who.by_basic)
    return {401, "HTTP Basic opens only what reads. Log in on the dashboard, or use a token."};
  if (reads || who.role == Role::Operator) return {};
  return {403, "This needs the role operator, and " + who.name + " has the role " +
                   std::string(role_name(who.role)) + ". Log in as an operator."};
}

bool offers_basic(Needs needs, const HttpRequest& request) {
  const bool by_script = request.sec_fetch_site == "same-origin" || !request.origin.empty() ||
                         !read_session_cookie(request.cookie).empty();
  return needs == Needs::Media && !by_script;
}

}  // namespace supervisor
