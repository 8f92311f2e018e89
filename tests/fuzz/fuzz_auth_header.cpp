// link: supervisor_http
// Authorization and Cookie, as anybody may send them, and the ticket in the cookie.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "supervisor/http/auth.h"
#include "supervisor/http/auth_ticket.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace supervisor;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Presented presented = read_authorization(text);
  const bool has_secret =
      presented.kind == Presented::Kind::Token || presented.kind == Presented::Kind::Password;
  if (has_secret == presented.secret.empty()) std::abort();
  if (presented.kind == Presented::Kind::Password && presented.name.empty()) std::abort();
  const std::string_view cookie = read_session_cookie(text);
  if (cookie.size() > text.size()) std::abort();
  for (const std::string_view value : {cookie, text}) {
    // Nobody without the key makes a good one.
    if (is_ticket_good(value, "a key that is nowhere written down", "proof", 0)) std::abort();
    if (const auto ticket = read_ticket(value); ticket && ticket->id.size() != 32) std::abort();
  }
  return 0;
}
