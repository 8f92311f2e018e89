// Who may do what: reads what a request presents (Authorization, Cookie) and decides by the role whether it
// may pass. Pure: who somebody is was found out elsewhere (auth_desk.h).
// - viewer: everything that only reads. operator: everything.
// - Without credentials in the configuration everybody is an operator, as the service then is reached from
//   this machine only; but the configuration is not written for another machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "supervisor/http/request.h"
#include "supervisor/http/router.h"

namespace supervisor {

enum class Role { Nobody, Viewer, Operator };

std::string_view role_name(Role role);  // "", "viewer", "operator"
std::optional<Role> parse_role(std::string_view name);

inline constexpr std::string_view session_cookie_name = "desktop_streamer_session";
inline constexpr std::size_t presented_bytes_max = 2048;  // of the Authorization field: more is not read

// What an Authorization field says. Bearer: a token. Basic: a name and a password, or a token as password.
struct Presented {
  enum class Kind { Nothing, Token, Password, Unreadable };
  Kind kind = Kind::Nothing;
  std::string name;
  std::string secret;  // the token or the password
};
// `field` empty: Nothing.
Presented read_authorization(std::string_view field);

// The value of our cookie in a Cookie field; empty: there is none.
std::string_view read_session_cookie(std::string_view field);

// The value of Set-Cookie. `value` empty: the cookie is taken away.
std::string session_cookie(std::string_view value, std::int64_t max_age_seconds, bool over_tls);

struct Identity {
  std::string name;
  Role role = Role::Nobody;
  // A browser sends it by itself with every request: it opens only what reads.
  bool by_basic = false;
};

struct AccessRules {
  bool required = false;  // there are credentials in the configuration
  bool public_media = false;
};

struct AccessVerdict {
  int status = 0;  // 0: may pass; else 401 or 403
  std::string detail;
};

// `from_here`: the request comes from this machine.
AccessVerdict judge_access(const AccessRules& rules, Needs needs, const Identity& who, bool from_here);

// The values of WWW-Authenticate in a 401. Basic makes browsers open a dialog of their own: it is offered to
// players, not to the scripts of a page.
bool offers_basic(Needs needs, const HttpRequest& request);

}  // namespace supervisor
