// Who may ask: guards against other web sites that use a visitor's browser against us. Pure.
// - DNS rebinding: a request is answered only for a host that cannot be an attacker's name: an IP address,
// localhost,
//   or a configured name; else 421 (fault C04).
// - Cross-site requests that change state: judged by Sec-Fetch-Site and Origin, and by the media type of the
// body,
//   which a plain form cannot send (fault C03).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "supervisor/http/request.h"

namespace supervisor {

// "[::1]:8080" -> "::1", "Name.:80" -> "name"; empty when it is no valid host.
std::string host_of(std::string_view authority);

bool is_host_allowed(std::string_view authority, std::span<const std::string> host_names);

struct GuardVerdict {
  int status = 0;  // 0: may pass; else the status to answer
  std::string detail;
};

// What a body must be. Json: text JSON, see judge_json_body. JsonWithComments: judged by who reads it, but
// sent as JSON all the same, which no form of another site can do.
enum class BodyRule { Json, JsonWithComments };

// For requests that change state. `authority`: the host the request was sent to.
GuardVerdict judge_change(const HttpRequest& request, std::string_view authority,
                          BodyRule rule = BodyRule::Json);

// Text JSON, at most 32 levels deep, no key twice in an object (fault N07). Empty text: fine.
GuardVerdict judge_json_body(std::string_view body);

}  // namespace supervisor
