#include "supervisor/http/reply.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "supervisor/http/field_text.h"
#include "supervisor/http/range.h"

namespace supervisor {
namespace {

constexpr std::string_view page_fields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: "
    "blob:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; font-src 'self'; manifest-src "
    "'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";
constexpr std::string_view api_fields =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";
constexpr std::string_view media_fields =
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Expose-Headers: Date, Age, ETag, Content-Length, Content-Range, Retry-After\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Cross-Origin-Resource-Policy: cross-origin\r\n";

std::string_view fields_of(RouteKind kind) {
  if (kind == RouteKind::Page) return page_fields;
  return kind == RouteKind::Media ? media_fields : api_fields;
}

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 24> digits{};
  const int length =
      std::snprintf(digits.data(), digits.size(), "%llu", static_cast<unsigned long long>(value));
  out.append(digits.data(), static_cast<std::size_t>(length));
}

bool has_no_body(int status) {
  return status == 204 || status == 304 || status < 200;
}

// Takes the next element of a comma-separated list off the front.
std::string_view next_element(std::string_view& list) {
  const std::size_t comma = std::min(list.find(','), list.size());
  const std::string_view element = trim(list.substr(0, comma));
  list.remove_prefix(std::min(comma + 1, list.size()));
  return element;
}

// "gzip;q=0", "gzip; q=0.000": refused.
bool has_zero_weight(std::string_view parameters) {
  const std::size_t weight = parameters.find("q=");
  if (weight == std::string_view::npos) return false;
  const std::string_view value = trim(parameters.substr(weight + 2));
  return !value.empty() && value.find_first_not_of("0.") == std::string_view::npos;
}

void add_etag(Reply& reply, std::string_view etag) {
  reply.fields.append("ETag: \"").append(etag).append("\"\r\n");
}

Reply not_modified(Reply reply) {
  reply.status = 304;
  reply.content_type = {};
  return reply;
}

// If-Range with anything but our strong tag asks for the whole.
bool range_applies(const HttpRequest& request, std::string_view etag) {
  if (request.range.empty() || request.method != "GET") return false;
  if (request.if_range.empty()) return true;
  const std::string_view tag = trim(request.if_range);
  return tag.size() == etag.size() + 2 && tag.front() == '"' && tag.back() == '"' &&
         tag.substr(1, etag.size()) == etag;
}

void apply_range(const RangeVerdict& verdict, Reply& reply) {
  const std::size_t whole = reply.media.size;
  std::string content_range = "bytes ";
  append_number(content_range, verdict.first);
  content_range += '-';
  append_number(content_range, verdict.first + verdict.length - 1);
  content_range += '/';
  append_number(content_range, whole);
  reply.add_field("Content-Range", content_range);
  reply.status = 206;
  reply.media.offset += verdict.first;
  reply.media.size = verdict.length;
}

Reply range_not_satisfiable(std::size_t size) {
  Reply reply = problem(416, "The range starts behind the end: ask for one inside the Content-Range given.",
                        RouteKind::Media);
  reply.add_field("Content-Range", "bytes */" + std::to_string(size));
  return reply;
}

}  // namespace

std::size_t Reply::body_bytes() const {
  if (shared_text) return shared_text->size();
  if (media.body) return media.size;
  return view.empty() ? text.size() : view.size();
}

void Reply::add_field(std::string_view name, std::string_view value) {
  fields.append(name).append(": ").append(value).append("\r\n");
}

// NOLINTNEXTLINE(readability-function-size): a table
std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

void format_head(const Reply& reply, const HttpRequest& request, std::string_view date, std::string& out) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(reply.status));
  out.append(" ").append(reason_phrase(reply.status)).append("\r\nDate: ").append(date).append("\r\n");
  if (!reply.content_type.empty()) out.append("Content-Type: ").append(reply.content_type).append("\r\n");
  if (!has_no_body(reply.status) && !reply.open_ended) {
    out += "Content-Length: ";
    append_number(out, reply.body_bytes());
    out += "\r\n";
  }
  out += reply.fields;
  if (reply.head) out += reply.head->fields();
  out += fields_of(reply.kind);
  if (reply.close || reply.open_ended || !request.keep_alive)
    out += "Connection: close\r\n";
  else if (!request.http11)
    out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

std::shared_ptr<const std::string> SharedHead::text(const Reply& reply, std::string_view date) {
  if (text_ && date_ == date) return text_;
  std::string text;
  format_head(reply, HttpRequest{}, date, text);
  text_ = std::make_shared<const std::string>(std::move(text));
  date_ = date;
  return text_;
}

std::string format_date(std::int64_t unix_seconds) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = unix_seconds;
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                   days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                                   months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900,
                                   utc.tm_hour, utc.tm_min, utc.tm_sec);
  return {text.data(), static_cast<std::size_t>(length)};
}

Reply problem(int status, std::string_view detail, RouteKind kind) {
  const nlohmann::ordered_json body{
      {"type", "about:blank"}, {"title", reason_phrase(status)}, {"status", status}, {"detail", detail}};
  Reply reply;
  reply.status = status;
  reply.kind = kind;
  reply.content_type = "application/problem+json";
  reply.text = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  reply.add_field("Cache-Control", "no-store");
  return reply;
}

Reply try_again(int status, std::string_view detail, int after_seconds, RouteKind kind) {
  Reply reply = problem(status, detail, kind);
  reply.add_field("Retry-After", std::to_string(after_seconds));
  return reply;
}

Reply event_stream_reply() {
  Reply reply = text_reply({}, "text/event-stream; charset=utf-8");
  reply.open_ended = true;
  reply.add_field("X-Accel-Buffering", "no");  // nginx passes events on at once
  return reply;
}

Reply text_reply(std::string text, std::string_view content_type) {
  Reply reply;
  reply.content_type = content_type;
  reply.text = std::move(text);
  reply.add_field("Cache-Control", "no-store");
  return reply;
}

Reply json_reply(std::string json, int status) {
  Reply reply = text_reply(std::move(json), "application/json");
  reply.status = status;
  return reply;
}

void keep_private(Reply& reply) {
  constexpr std::string_view shared = "Cache-Control: public", own = "Cache-Control: private";
  if (const std::size_t at = reply.fields.find(shared); at != std::string::npos)
    reply.fields.replace(at, shared.size(), own);
}

Reply playlist_reply(const HttpRequest& request, std::shared_ptr<const std::string> text,
                     std::shared_ptr<const std::string> gzipped, std::string_view plain_etag, bool blocking) {
  const std::string etag = std::string(plain_etag) + (gzipped ? "-gz" : "");
  Reply reply;
  reply.kind = RouteKind::Media;
  reply.content_type = playlist_type;
  add_etag(reply, etag);
  if (blocking)
    reply.add_field("Cache-Control", "public, max-age=" + std::to_string(blocking_playlist_max_age_seconds));
  else
    reply.add_field("Cache-Control", "no-cache");
  reply.add_field("Vary", "Accept-Encoding");
  if (etag_matches(request.if_none_match, etag)) return not_modified(std::move(reply));
  if (gzipped) reply.add_field("Content-Encoding", "gzip");
  reply.shared_text = gzipped ? std::move(gzipped) : std::move(text);
  return reply;
}

Reply media_reply(const HttpRequest& request, MediaBytes bytes, std::string_view name) {
  const RangeVerdict range =
      range_applies(request, name) ? judge_range(request.range, bytes.size) : RangeVerdict{};
  Reply reply;
  reply.kind = RouteKind::Media;
  reply.content_type = bytes.content_type;
  add_etag(reply, name);
  reply.add_field("Cache-Control",
                  "public, max-age=" + std::to_string(bytes.max_age_seconds) + ", immutable");
  reply.add_field("Accept-Ranges", "bytes");
  // First of both: RFC 9110 13.2.2.
  if (etag_matches(request.if_none_match, name)) return not_modified(std::move(reply));
  if (range.kind == RangeVerdict::Kind::Unsatisfiable) return range_not_satisfiable(bytes.size);
  reply.media = std::move(bytes);
  if (range.kind == RangeVerdict::Kind::Part) apply_range(range, reply);
  return reply;
}

Reply asset_reply(const HttpRequest& request, const Asset& asset) {
  const bool gzipped = !asset.gzipped.empty() && accepts_gzip(request.accept_encoding);
  const std::string etag = std::string(asset.etag) + (gzipped ? "-gz" : "");
  Reply reply;
  reply.kind = RouteKind::Page;
  reply.content_type = asset.content_type;
  add_etag(reply, etag);
  reply.add_field("Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (!asset.gzipped.empty()) reply.add_field("Vary", "Accept-Encoding");
  if (etag_matches(request.if_none_match, etag)) return not_modified(std::move(reply));
  if (gzipped) reply.add_field("Content-Encoding", "gzip");
  reply.view = gzipped ? asset.gzipped : asset.bytes;
  return reply;
}

Reply options_reply(RouteKind kind, std::string_view allow) {
  Reply reply;
  reply.status = 204;
  reply.kind = kind;
  reply.add_field("Allow", allow);
  if (kind != RouteKind::Media) return reply;
  reply.add_field("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS");
  reply.add_field("Access-Control-Allow-Headers",
                  "Authorization, Range, If-None-Match, If-Range, Cache-Control");
  reply.add_field("Access-Control-Max-Age", "86400");
  return reply;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    std::string_view element = next_element(if_none_match);
    if (element == "*") return true;
    if (element.substr(0, 2) == "W/") element.remove_prefix(2);
    if (element.size() == etag.size() + 2 && element.front() == '"' && element.back() == '"' &&
        element.substr(1, etag.size()) == etag)
      return true;
  }
  return false;
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const std::string_view element = next_element(accept_encoding);
    const std::size_t semicolon = std::min(element.find(';'), element.size());
    const std::string_view coding = trim(element.substr(0, semicolon));
    const bool wanted = !has_zero_weight(element.substr(semicolon));
    if (coding == "gzip" || coding == "x-gzip") return wanted;
    if (coding == "*") any = wanted;
  }
  return any;
}

}  // namespace supervisor
