// What is answered: status, header fields, and a body that is text of ours, shared text (a playlist rendered
// once for all), a view of an embedded file, or a range of a memfd. Pure: the date is an argument, nothing is
// sent here. Headers follow the kind of the route: pages and API answers carry a strict content security
// policy, media carries CORS and cache rules fit for a CDN.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "supervisor/http/request.h"
#include "supervisor/http/router.h"
#include "supervisor/http/services.h"

namespace supervisor {

// How long a cache may keep the answer to a blocking playlist request: long enough to collapse the viewers of
// a part into one request, short against anything that could make it wrong.
inline constexpr int blocking_playlist_max_age_seconds = 4;

class SharedHead;

inline constexpr std::string_view playlist_type = "application/vnd.apple.mpegurl";

struct Reply {
  int status = 200;
  RouteKind kind = RouteKind::Api;
  std::string_view content_type;  // empty: no body and no Content-Type
  std::string fields;             // "Name: value\r\n" lines beside those that every answer of the kind has
  std::shared_ptr<SharedHead>
      head;                 // not null: it has further fields, and the head of who keeps his connection
  bool close = false;       // the connection ends after this answer
  bool open_ended = false;  // no Content-Length: the body ends with the connection

  // The body is the first of these that is set.
  std::shared_ptr<const std::string> shared_text;
  MediaBytes media;       // set when media.body is
  std::string_view view;  // bytes that outlive every connection
  std::string text;

  std::size_t body_bytes() const;
  void add_field(std::string_view name, std::string_view value);
};

std::string_view reason_phrase(int status);

// The head of an answer that many get: rendered once a second at most, not once for each.
class SharedHead {
 public:
  explicit SharedHead(std::string fields) : fields_(std::move(fields)) {}
  const std::string& fields() const { return fields_; }
  // What format_head says for a request of HTTP/1.1 that keeps its connection. Every `reply` must be the same
  // but for its body's bytes.
  std::shared_ptr<const std::string> text(const Reply& reply, std::string_view date);

 private:
  std::string fields_;
  std::string date_;
  std::shared_ptr<const std::string> text_;
};

// The head as sent, with its empty line, appended to `out`. `date`: IMF-fixdate of now. `head_only`: HEAD.
void format_head(const Reply& reply, const HttpRequest& request, std::string_view date, std::string& out);

// "Sat, 21 Nov 2026 01:13:27 GMT" (RFC 9110 5.6.7), of seconds since 1970.
std::string format_date(std::int64_t unix_seconds);

// RFC 9457. `detail`: what is wrong here and how to put it right.
Reply problem(int status, std::string_view detail, RouteKind kind = RouteKind::Api);
// problem() with Retry-After.
Reply try_again(int status, std::string_view detail, int after_seconds, RouteKind kind);

// The head of an event stream.
Reply event_stream_reply();
Reply text_reply(std::string text, std::string_view content_type);
Reply json_reply(std::string json, int status = 200);

// Takes `public` from Cache-Control: what only some may see is not kept by caches that all share.
void keep_private(Reply& reply);

// `etag` without quotes. A matching If-None-Match makes it 304. `gzipped`: the text in that coding, for a
// request that accepts it; or null.
Reply playlist_reply(const HttpRequest& request, std::shared_ptr<const std::string> text,
                     std::shared_ptr<const std::string> gzipped, std::string_view etag, bool blocking);
// Whole, a range, or 304; `name` is its entity tag: names are never used twice.
Reply media_reply(const HttpRequest& request, MediaBytes bytes, std::string_view name);
Reply asset_reply(const HttpRequest& request, const Asset& asset);
Reply options_reply(RouteKind kind, std::string_view allow);

// The list of an If-None-Match names `etag` (without quotes), or is *. Weak comparison.
bool etag_matches(std::string_view if_none_match, std::string_view etag);
// gzip is acceptable: named, or *, with a weight above 0.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace supervisor
