#include <algorithm>
#include <set>

#include "supervisor/config/walk.h"
#include "supervisor/credentials/credentials.h"

namespace supervisor {
namespace {

class Names {
 public:
  explicit Names(Findings& findings) : findings_(findings) {}

  // `pointer`: of the account. A name that is missing was reported already.
  void check(const std::string& name, const std::string& pointer) {
    const std::string place = pointer + "/name";
    if (!findings_.is_written(place)) return;
    if (!is_account_name(name)) {
      findings_.error(place, "is the text " + in_quotes(name) + "; allowed: 1 to " +
                                 std::to_string(account_name_bytes_max) + " of A-Z, a-z, 0-9, and . _ @ -");
    } else if (!seen_.insert(name).second) {
      findings_.error(place, in_quotes(name) + " is there twice; names are unique");
    }
  }

 private:
  Findings& findings_;
  std::set<std::string> seen_;
};

template <typename Outcome>
void check_hash(const Outcome& parsed, const std::string& pointer, Findings& findings) {
  if (!parsed && findings.is_written(pointer)) findings.error(pointer, parsed.error().reason);
}

void check_delays(const Auth& auth, Findings& findings) {
  if (auth.login_delay_max < auth.login_delay)
    findings.error("/server/auth/login_delay_max", "is below login_delay; allowed: at least login_delay");
}

bool has_operator(const Auth& auth) {
  const auto is_operator = [](const auto& account) { return account.role == "operator"; };
  return std::any_of(auth.users.begin(), auth.users.end(), is_operator) ||
         std::any_of(auth.tokens.begin(), auth.tokens.end(), is_operator);
}

bool is_reached_from_outside(const Server& server) {
  return std::any_of(server.listen.begin(), server.listen.end(), [](const std::string& listen) {
    const auto address = parse_listen(listen);
    return address && !address->loopback;
  });
}

}  // namespace

void check_auth(const Server& server, Findings& findings) {
  const Auth& auth = server.auth;
  Names names(findings);
  for (std::size_t i = 0; i < auth.users.size(); ++i) {
    const std::string pointer = "/server/auth/users/" + std::to_string(i);
    names.check(auth.users[i].name, pointer);
    check_hash(parse_password_hash(auth.users[i].password_hash), pointer + "/password_hash", findings);
  }
  for (std::size_t i = 0; i < auth.tokens.size(); ++i) {
    const std::string pointer = "/server/auth/tokens/" + std::to_string(i);
    names.check(auth.tokens[i].name, pointer);
    check_hash(parse_token_hash(auth.tokens[i].token_hash), pointer + "/token_hash", findings);
  }
  check_delays(auth, findings);
  const bool is_required = !auth.users.empty() || !auth.tokens.empty();
  if (is_required && !has_operator(auth))
    findings.warning("/server/auth", "nobody has the role operator: nothing can be changed over the API");
  if (!is_required && server.insecure_lan && is_reached_from_outside(server))
    findings.warning("/server/insecure_lan",
                     "everybody who reaches this address can watch the screen and stop the stream; make "
                     "credentials with `streamer-supervisor passwd` and put them into server.auth");
}

}  // namespace supervisor
