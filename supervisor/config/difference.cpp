#include "supervisor/config/difference.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "supervisor/config/parse.h"

namespace supervisor {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t value_bytes_max = 80;

// A configuration twice: as it is, to be compared, and as it may be shown.
struct Sides {
  Json before, after;              // compared
  Json shown_before, shown_after;  // shown
};

std::string value_text(const Json& value) {
  if (value.is_null()) return "nothing";
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > value_bytes_max) text = text.substr(0, value_bytes_max) + "...";
  return text;
}

const Json& member(const Json& object, const std::string& key) {
  static const Json nothing;
  const auto found = object.find(key);
  return found == object.end() ? nothing : *found;
}

std::vector<std::string> keys_of(const Json& a, const Json& b) {
  std::vector<std::string> keys;
  for (const Json* side : {&a, &b}) {
    for (const auto& [key, value] : side->items()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

// Objects member by member; everything else, lists too, as a whole.
void compare(const Sides& sides, const std::string& stream, const std::string& path,
             std::vector<Difference>& found) {
  if (sides.before == sides.after) return;
  if (sides.before.is_object() && sides.after.is_object()) {
    for (const std::string& key : keys_of(sides.before, sides.after)) {
      compare({member(sides.before, key), member(sides.after, key), member(sides.shown_before, key),
               member(sides.shown_after, key)},
              stream, path.empty() ? key : path + "." + key, found);
    }
    return;
  }
  const std::string before = value_text(sides.shown_before), after = value_text(sides.shown_after);
  found.push_back({stream, path, path + ": " + (before == after ? "changed" : before + " -> " + after)});
}

Json rendered(const Config& config, Secrets secrets) {
  return Json::parse(format_config(config, secrets));
}

Json take_streams(Json& config) {
  Json by_name = Json::object();
  for (const Json& stream : config["streams"]) by_name[stream["name"].get<std::string>()] = stream;
  config.erase("streams");
  return by_name;
}

void compare_streams(const Sides& by_name, std::vector<Difference>& found) {
  for (const std::string& name : keys_of(by_name.before, by_name.after)) {
    if (!by_name.after.contains(name)) {
      found.push_back({name, "", "removed"});
    } else if (!by_name.before.contains(name)) {
      found.push_back({name, "", "added"});
    } else {
      compare(
          {by_name.before[name], by_name.after[name], by_name.shown_before[name], by_name.shown_after[name]},
          name, "", found);
    }
  }
}

}  // namespace

std::vector<Difference> differences(const Config& before, const Config& after) {
  Sides sides{rendered(before, Secrets::Shown), rendered(after, Secrets::Shown),
              rendered(before, Secrets::Redacted), rendered(after, Secrets::Redacted)};
  const Sides streams{take_streams(sides.before), take_streams(sides.after), take_streams(sides.shown_before),
                      take_streams(sides.shown_after)};
  std::vector<Difference> found;
  compare(sides, "", "", found);
  compare_streams(streams, found);
  return found;
}

}  // namespace supervisor
