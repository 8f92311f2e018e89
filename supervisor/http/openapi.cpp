#include "supervisor/http/openapi.h"

#include <array>
#include <nlohmann/json.hpp>

#include "common/version.h"
#include "supervisor/http/reply.h"

namespace supervisor {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view problem_type = "application/problem+json";

Json reference(std::string_view shape) {
  return {{"$ref", "#/components/schemas/" + std::string(shape)}};
}

Json words(std::string_view list) {
  Json all = Json::array();
  while (!list.empty()) {
    const std::size_t end = std::min(list.find('|'), list.size());
    all.push_back(std::string(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return {{"type", "string"}, {"enum", std::move(all)}};
}

Json schema_of(std::string_view type) {
  const std::string_view inner = type.size() > 2 ? type.substr(1, type.size() - 2) : std::string_view();
  if (type.back() == '?')
    return {{"anyOf", {schema_of(type.substr(0, type.size() - 1)), {{"type", "null"}}}}};
  if (type.front() == '=') return words(type.substr(1));
  if (type.front() == '[') return {{"type", "array"}, {"items", schema_of(inner)}};
  if (type.front() == '{') return {{"type", "object"}, {"additionalProperties", schema_of(inner)}};
  if (type == "any") return Json::object();
  if (type == "time") return {{"type", "string"}, {"format", "date-time"}};
  if (type.front() >= 'A' && type.front() <= 'Z') return reference(type);
  return {{"type", std::string(type)}};
}

Json with_text(Json schema, std::string_view text) {
  if (!text.empty()) schema["description"] = std::string(text);
  return schema;
}

Json object_of(const Shape& shape) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const ShapeField& field : shape.fields) {
    const bool optional = field.name.back() == '?';
    const std::string name(field.name.substr(0, field.name.size() - (optional ? 1 : 0)));
    properties[name] = with_text(schema_of(field.type), field.text);
    if (!optional) required.push_back(name);
  }
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

Json schemas() {
  Json all = Json::object();
  for (const Shape& shape : shapes()) all[std::string(shape.name)] = object_of(shape);
  return all;
}

Json parameter(std::string_view name, const char* place, Json schema, std::string_view text) {
  return {{"name", std::string(name)},
          {"in", place},
          {"required", std::string_view(place) == "path"},
          {"description", std::string(text)},
          {"schema", std::move(schema)}};
}

Json path_parameters(std::string_view pattern) {
  Json all = Json::array();
  if (pattern.find("{stream}") != std::string_view::npos)
    all.push_back(parameter("stream", "path", {{"type", "string"}, {"pattern", "^[a-z0-9_-]{1,32}$"}},
                            "name of a stream"));
  if (pattern.find("{name}") != std::string_view::npos)
    all.push_back(parameter("name", "path", {{"type", "string"}},
                            "as the playlist, or the list one level up, gives it"));
  if (pattern.find("{path...}") != std::string_view::npos)
    all.push_back(parameter("path", "path", {{"type", "string"}}, "may be empty and may hold slashes"));
  return all;
}

Json problem_response(int status) {
  return {{"description", std::string(reason_phrase(status))},
          {"content", {{std::string(problem_type), {{"schema", reference("Problem")}}}}}};
}

void add_errors(Json& responses, const RouteRow& row, const RouteText& text) {
  std::string statuses = "400 404 405 406 421 500 503";
  if (row.method != "GET") statuses += " 403 413 415";
  if (needs_of(row) != Needs::Nothing) statuses += " 401 429";
  if (needs_of(row) == Needs::Operator || needs_of(row) == Needs::OperatorOfConfig) statuses += " 403";
  statuses.append(" ").append(text.also);
  for (std::size_t at = 0; at + 3 <= statuses.size(); at += 4) {
    const std::string status = statuses.substr(at, 3);
    if (!responses.contains(status)) responses[status] = problem_response(std::stoi(status));
  }
}

Json good_response(const RouteRow& row, const RouteText& text) {
  Json response = {{"description", std::string(row.summary)}};
  if (text.status == 204) return response;
  response["content"][std::string(row.type)]["schema"] =
      text.answer.empty() ? Json{{"type", "string"}} : schema_of(text.answer);
  return response;
}

Json security_of(const RouteRow& row) {
  if (needs_of(row) == Needs::Nothing) return Json::array();
  // The empty one: a service without credentials asks for none.
  return {
      {{"bearer", Json::array()}}, {{"basic", Json::array()}}, {{"session", Json::array()}}, Json::object()};
}

Json operation(const RouteRow& row) {
  const RouteText text = route_text(row.id);
  Json one = {{"summary", std::string(row.summary)}, {"parameters", path_parameters(row.pattern)}};
  for (const QueryText& query : text.query)
    one["parameters"].push_back(parameter(query.name, "query", schema_of(query.type), query.text));
  if (!text.body.empty())
    one["requestBody"] = {{"required", true},
                          {"content", {{"application/json", {{"schema", schema_of(text.body)}}}}}};
  one["security"] = security_of(row);
  Json responses = Json::object();
  responses[std::to_string(text.status)] = good_response(row, text);
  // Health is told by the status too: the same body with 503.
  if (row.id == RouteId::Health || row.id == RouteId::Readiness) responses["503"] = good_response(row, text);
  add_errors(responses, row, text);
  one["responses"] = std::move(responses);
  return one;
}

std::string lowered(std::string_view method) {
  std::string text(method);
  for (char& c : text) c = static_cast<char>(c + ('a' - 'A'));
  return text;
}

// OpenAPI knows no variable that takes several segments.
std::string path_of(std::string_view pattern) {
  std::string path(pattern);
  if (const auto at = path.find("..."); at != std::string::npos) path.erase(at, 3);
  return path;
}

Json description() {
  Json paths = Json::object();
  for (const RouteRow& row : route_table()) paths[path_of(row.pattern)][lowered(row.method)] = operation(row);
  Json all;
  all["openapi"] = "3.1.0";
  all["info"] = {
      {"title", "Desktop Streamer"},
      {"version", common::version},
      {"description",
       "HEAD is answered wherever GET is, OPTIONS everywhere. Errors are application/problem+json "
       "(RFC 9457) with a detail that says what to do. Text of a kilobyte and more comes with gzip "
       "to who accepts it. Credentials are needed only where the configuration has users or tokens "
       "(server.auth): without them every operation is open to everybody who reaches the address."}};
  all["paths"] = std::move(paths);
  all["components"] = {
      {"schemas", schemas()},
      {"securitySchemes",
       {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
        {"basic", {{"type", "http"}, {"scheme", "basic"}}},
        {"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "desktop_streamer_session"}}}}}};
  return all;
}

}  // namespace

std::shared_ptr<const std::string> openapi_json() {
  static const auto text = std::make_shared<const std::string>(description().dump() + "\n");
  return text;
}

}  // namespace supervisor
