#include "supervisor/http/request.h"

namespace supervisor {

void HttpRequest::clear() {
  for (std::string* field :
       {&method, &target, &host, &origin, &sec_fetch_site, &content_type, &range, &if_range, &if_none_match,
        &if_match, &accept, &accept_encoding, &authorization, &cookie, &last_event_id, &user_agent})
    field->clear();
  std::string().swap(body);  // bodies are rare and may be large: an idle connection holds none
  http11 = keep_alive = true;
  has_body = expects_continue = false;
  host_fields = 0;
}

}  // namespace supervisor
