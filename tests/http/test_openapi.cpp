// The description of the interface against the table it is made of. What the shapes say is compared with a
// running service by tests/system/api_walk_test.py.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "supervisor/http/openapi.h"

namespace supervisor {
namespace {

using nlohmann::json;

const json& description() {
  static const json parsed = json::parse(*openapi_json());
  return parsed;
}

std::string path_of(std::string_view pattern) {
  std::string path(pattern);
  if (const auto at = path.find("..."); at != std::string::npos) path.erase(at, 3);
  return path;
}

TEST(OpenApi, has_every_route_and_nothing_else) {
  std::size_t operations = 0;
  for (const auto& [path, methods] : description()["paths"].items()) operations += methods.size();
  EXPECT_EQ(operations, route_table().size());
  for (const RouteRow& row : route_table()) {
    std::string method(row.method);
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    const json& operation = description()["paths"][path_of(row.pattern)][method];
    EXPECT_EQ(operation.value("summary", ""), row.summary) << row.pattern;
    EXPECT_FALSE(row.summary.empty()) << row.pattern;
  }
}

TEST(OpenApi, every_reference_leads_somewhere_and_every_shape_is_used) {
  std::set<std::string> used;
  std::function<void(const json&)> walk = [&](const json& node) {
    if (node.is_object() && node.contains("$ref")) used.insert(node["$ref"].get<std::string>().substr(21));
    if (node.is_structured())
      for (const json& child : node) walk(child);
  };
  walk(description());
  for (const std::string& name : used)
    EXPECT_TRUE(description()["components"]["schemas"].contains(name)) << name;
  for (const Shape& shape : shapes()) EXPECT_TRUE(used.contains(std::string(shape.name))) << shape.name;
}

TEST(OpenApi, every_variable_of_a_path_is_a_parameter) {
  for (const RouteRow& row : route_table()) {
    std::string method(row.method);
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    for (const std::string name : {"stream", "name", "path"}) {
      const std::string path = path_of(row.pattern);
      if (path.find("{" + name + "}") == std::string::npos) continue;
      const json& parameters = description()["paths"][path][method]["parameters"];
      EXPECT_TRUE(std::any_of(parameters.begin(), parameters.end(), [&name](const json& one) {
        return one["name"] == name && one["required"];
      })) << row.pattern;
    }
  }
}

TEST(OpenApi, credentials_may_always_be_left_out_because_a_service_may_have_none) {
  const auto operation = [](const char* path, const char* method) -> const json& {
    return description()["paths"][path][method];
  };
  EXPECT_EQ(operation("/healthz", "get")["security"], json::array());
  const json& guarded = operation("/api/streams/{stream}/stop", "post")["security"];
  ASSERT_EQ(guarded.size(), 4u);
  EXPECT_EQ(guarded.back(), json::object()) << "one of the four is enough, the last is none";
  for (const auto& [path, methods] : description()["paths"].items())
    for (const auto& [method, one] : methods.items())
      EXPECT_TRUE(one["security"].empty() || one["security"].back() == json::object()) << path;
}

TEST(OpenApi, every_answer_of_json_has_a_schema_and_every_error_a_problem) {
  for (const auto& [path, methods] : description()["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      ASSERT_GE(operation["responses"].size(), 3u) << path;
      for (const auto& [status, response] : operation["responses"].items()) {
        if (!response.contains("content")) continue;
        for (const auto& [type, media] : response["content"].items())
          EXPECT_TRUE(media.contains("schema")) << path << " " << status << " " << type;
        if (status[0] == '4') {
          EXPECT_TRUE(response["content"].contains("application/problem+json")) << path << " " << status;
        }
      }
    }
  }
}

}  // namespace
}  // namespace supervisor
