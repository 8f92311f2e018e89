#include "supervisor/http/guard.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "supervisor/http/field_text.h"

namespace supervisor {
namespace {

constexpr int json_depth_max = 32;

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool is_port(std::string_view port) {
  return port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_ip_address(const std::string& host) {
  boost::system::error_code failed;
  boost::asio::ip::make_address(host, failed);
  return !failed;
}

// The bracketed form, "[::1]:8080".
std::string ipv6_host_of(std::string_view authority) {
  const std::size_t bracket = authority.find(']');
  if (bracket == std::string_view::npos) return {};
  const std::string_view rest = authority.substr(bracket + 1);
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return {};
  const std::string host = lowered(authority.substr(1, bracket - 1));
  return host.find(':') != std::string::npos && is_ip_address(host) ? host : std::string();
}

// "http://host:port" or "https://host:port" -> "host:port"; else empty.
std::string_view authority_of_origin(std::string_view origin) {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")})
    if (origin.substr(0, scheme.size()) == scheme) return origin.substr(scheme.size());
  return {};
}

// The default port is written or not.
std::string without_default_port(std::string_view authority, std::string_view origin) {
  std::string text = lowered(authority);
  const std::string_view port = origin.substr(0, 6) == "https:" ? ":443" : ":80";
  if (text.size() > port.size() && std::string_view(text).substr(text.size() - port.size()) == port)
    text.resize(text.size() - port.size());
  return text;
}

bool is_json_type(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return lowered(type) == "application/json";
}

// Watches a parse: depth, and keys that come twice.
class JsonLimits {
 public:
  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (depth >= json_depth_max) too_deep = true;
      keys_.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys_.pop_back();
    } else if (event == Event::key) {
      if (!keys_.back().insert(parsed.get<std::string>()).second) repeated_key = true;
    }
    return true;
  }
  bool too_deep = false;
  bool repeated_key = false;

 private:
  std::vector<std::set<std::string>> keys_;
};

}  // namespace

std::string host_of(std::string_view authority) {
  if (authority.empty()) return {};
  if (authority.front() == '[') return ipv6_host_of(authority);
  const std::size_t colon = authority.find(':');
  if (colon != std::string_view::npos && !is_port(authority.substr(colon + 1))) return {};
  std::string host = lowered(authority.substr(0, colon));
  if (!host.empty() && host.back() == '.') host.pop_back();
  return std::all_of(host.begin(), host.end(), is_host_byte) ? host : std::string();
}

bool is_host_allowed(std::string_view authority, std::span<const std::string> host_names) {
  const std::string host = host_of(authority);
  if (host.empty()) return false;
  if (host == "localhost" || is_ip_address(host)) return true;
  return std::any_of(host_names.begin(), host_names.end(),
                     [&](const std::string& name) { return lowered(name) == host; });
}

GuardVerdict judge_change(const HttpRequest& request, std::string_view authority, BodyRule rule) {
  const std::string& site = request.sec_fetch_site;
  if (!site.empty() && site != "same-origin" && site != "none")
    return {403,
            "This request changes something and comes from another site. Use the dashboard or a command."};
  if (!request.origin.empty()) {
    const std::string_view origin = authority_of_origin(request.origin);
    if (origin.empty() ||
        without_default_port(origin, request.origin) != without_default_port(authority, request.origin))
      return {403, "The Origin of this request is not this server. Use the dashboard of this address."};
  }
  if (!request.has_body) return {};
  if (!is_json_type(request.content_type))
    return {415, "The body must be JSON: send Content-Type: application/json."};
  return rule == BodyRule::Json ? judge_json_body(request.body) : GuardVerdict{};
}

GuardVerdict judge_json_body(std::string_view body) {
  if (body.empty()) return {};
  // nlohmann's tree is freed without recursion of ours, but refuse depth before anything walks it.
  JsonLimits limits;
  const auto watch = [&limits](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    limits(depth, event, parsed);
    return !limits.too_deep;
  };
  const nlohmann::json parsed = nlohmann::json::parse(body, watch, false, false);
  if (limits.too_deep) return {400, "The JSON of the body is nested deeper than 32 levels."};
  if (limits.repeated_key) return {400, "The JSON of the body has the same key twice in one object."};
  if (parsed.is_discarded()) return {400, "The body is not valid JSON text."};
  return {};
}

}  // namespace supervisor
