// One HTTP request as the rest of the room sees it: only the header fields somebody reads, all of them
// bounded by the limits of the reader. Plain data, pure.
#pragma once

#include <string>

namespace supervisor {

struct HttpRequest {
  std::string method;
  std::string target;  // as sent
  bool http11 = true;
  bool keep_alive = true;
  bool has_body = false;  // Content-Length above 0 or chunked
  bool expects_continue = false;
  int host_fields = 0;
  // Empty: the field is missing. Of a repeated field the last one counts.
  std::string host;
  std::string origin;
  std::string sec_fetch_site;
  std::string content_type;
  std::string range;
  std::string if_range;
  std::string if_none_match;
  std::string accept;
  std::string accept_encoding;
  std::string if_match;
  std::string authorization;
  std::string cookie;
  std::string last_event_id;
  std::string user_agent;
  std::string body;
  // Of the connection: they stay over clear().
  std::string peer;  // address of the client, without port
  bool over_tls = false;

  bool is_head() const { return method == "HEAD"; }

  // Empties every field and keeps the memory for the next request of the connection.
  void clear();
};

}  // namespace supervisor
