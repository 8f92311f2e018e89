#include "supervisor/http/target.h"

#include <algorithm>

namespace supervisor {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

common::Result<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return common::error("a percent sign must be followed by two hex digits");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (plus_is_space && c == '+') {
      c = ' ';
    }
    if (is_control(c)) return common::error("control bytes are not allowed in an address");
    out.push_back(c);
  }
  return out;
}

bool escapes_structure(std::string_view segment) {
  for (std::size_t at = segment.find('%'); at != std::string_view::npos; at = segment.find('%', at + 1)) {
    const std::string_view code = segment.substr(at + 1, 2);
    for (const char* refused : {"2e", "2E", "2f", "2F", "5c", "5C", "25", "00"})
      if (code == refused) return true;
  }
  return false;
}

common::Result<std::string> decode_segment(std::string_view segment) {
  if (segment == "." || segment == "..") return common::error("dot segments are not allowed in an address");
  if (segment.find('\\') != std::string_view::npos)
    return common::error("a backslash is not allowed in an address");
  if (escapes_structure(segment))
    return common::error("escaped dots, slashes, percent signs and NUL are not allowed in an address");
  return decode(segment, false);
}

common::Result<void> parse_path(std::string_view path, Target& target) {
  path.remove_prefix(1);
  if (path.empty()) return {};
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty() && slash != std::string_view::npos)
      return common::error("two slashes in a row are not allowed in an address");
    if (target.segments.size() == target_segments_max)
      return common::error("the address has too many path segments");
    auto decoded = decode_segment(segment);
    if (!decoded) return decoded.error();
    target.segments.push_back(std::move(*decoded));
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
    if (path.empty()) break;
  }
  if (target.segments.size() == target_segments_max)
    return common::error("the address has too many path segments");
  target.segments.emplace_back();
  return {};
}

common::Result<void> parse_query(std::string_view query, Target& target) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    if (target.query.size() == query_parameters_max)
      return common::error("the address has more than 16 query parameters");
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decode(pair.substr(0, equals), true);
    if (!name) return name.error();
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!value) return value.error();
    if (name->size() > query_value_bytes_max || value->size() > query_value_bytes_max)
      return common::error("a query parameter is longer than 256 bytes");
    target.query.emplace_back(std::move(*name), std::move(*value));
  }
  return {};
}

// Takes "http://authority" off the front of an absolute-form target.
common::Result<void> take_authority(std::string_view& text, Target& target) {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (text.substr(0, scheme.size()) != scheme) continue;
    text.remove_prefix(scheme.size());
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    target.authority = std::string(text.substr(0, end));
    text.remove_prefix(end);
    if (target.authority.empty()) return common::error("the address names no host");
    return {};
  }
  return {};
}

}  // namespace

std::optional<std::string_view> Target::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

bool Target::repeats(std::string_view name) const {
  return std::count_if(query.begin(), query.end(), [&](const auto& pair) { return pair.first == name; }) > 1;
}

common::Result<Target> parse_target(std::string_view text) {
  Target target;
  if (auto taken = take_authority(text, target); !taken) return taken.error();
  if (text.empty() && !target.authority.empty()) text = "/";
  if (text.find('#') != std::string_view::npos)
    return common::error("a fragment is not allowed in a request");
  const std::size_t question = std::min(text.find('?'), text.size());
  const std::string_view path = text.substr(0, question);
  if (path.empty() || path.front() != '/') return common::error("the address must start with a slash");
  if (auto parsed = parse_path(path, target); !parsed) return parsed.error();
  if (auto parsed = parse_query(text.substr(std::min(question + 1, text.size())), target); !parsed)
    return parsed.error();
  return target;
}

}  // namespace supervisor
