#include "supervisor/http/negotiate.h"

#include <algorithm>

#include "supervisor/http/field_text.h"
#include "supervisor/media/gzip.h"

namespace supervisor {
namespace {

bool is_same(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

// Takes the text before `separator` off the front of `list`, and the separator.
std::string_view take(std::string_view& list, char separator) {
  const std::size_t end = std::min(list.find(separator), list.size());
  const std::string_view piece = trim(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return piece;
}

// ";q=0", ";q=0.0": not at all.
bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view one = take(parameters, ';');
    if (one.size() < 3 || lower(one[0]) != 'q' || one[1] != '=') continue;
    return one.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

bool covers(std::string_view range, std::string_view type) {
  if (range == "*/*" || range == "*") return true;
  if (range.ends_with("/*")) {
    const std::string_view group = range.substr(0, range.size() - 1);
    return type.size() > group.size() && is_same(type.substr(0, group.size()), group);
  }
  return is_same(range, type);
}

bool is_text(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return type == "application/json" || type == "application/problem+json" || type == "text/plain";
}

}  // namespace

bool accepts_type(std::string_view accept, std::string_view type) {
  if (trim(accept).empty()) return true;
  while (!accept.empty()) {
    std::string_view element = take(accept, ',');
    const std::string_view range = take(element, ';');
    if (!range.empty() && covers(range, type) && !is_refused(element)) return true;
  }
  return false;
}

void compress(const HttpRequest& request, Reply& reply) {
  if (reply.kind == RouteKind::Page || reply.open_ended || !is_text(reply.content_type)) return;
  if (reply.media.body || !reply.view.empty()) return;
  const std::string_view text = reply.shared_text ? *reply.shared_text : reply.text;
  if (text.size() < gzip_bytes_min || text.size() > gzip_bytes_max) return;
  reply.add_field("Vary", "Accept-Encoding");
  if (!accepts_gzip(request.accept_encoding)) return;
  std::string packed = gzip(text);
  if (packed.empty()) return;
  reply.add_field("Content-Encoding", "gzip");
  reply.text = std::move(packed);
  reply.shared_text.reset();
}

}  // namespace supervisor
