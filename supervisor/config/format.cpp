#include <nlohmann/json.hpp>

#include "common/redact.h"
#include "supervisor/config/parse.h"
#include "supervisor/config/tables.h"
#include "supervisor/config/walk.h"

namespace supervisor {
namespace {

using Json = nlohmann::ordered_json;

// 2 rather than 2.0: as an operator writes it.
Json number_json(double number) {
  const auto whole = static_cast<std::int64_t>(number);
  if (static_cast<double>(whole) == number) return whole;
  return number;
}

std::string octal(unsigned mode) {
  std::string digits;
  for (; mode > 0; mode /= 8) digits.insert(digits.begin(), static_cast<char>('0' + mode % 8));
  return std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
}

Json monitor_json(const common::InputSettings& input) {
  if (!input.region) return input.monitor;
  common::Region region = *input.region;
  return render_table(region_table(), &region, Secrets::Shown);
}

Json text_json(const std::string& text, bool is_hidden) {
  return is_hidden && !text.empty() ? Json(hidden_secret) : Json(text);
}

// What of a text may be shown.
std::string shown(const std::string& text, bool may_hold_secret, Secrets secrets) {
  return may_hold_secret && secrets == Secrets::Redacted ? common::redact(text) : text;
}

Json map_json(const std::map<std::string, std::string>& texts, Secrets secrets) {
  Json members = Json::object();
  for (const auto& [key, value] : texts) {
    const bool is_hidden = is_secret_key(key) && secrets == Secrets::Redacted;
    members[key] = text_json(shown(value, true, secrets), is_hidden);
  }
  return members;
}

Json render_field(const Field& field, void* object, Secrets secrets) {
  const bool is_hidden = field.secret && secrets == Secrets::Redacted;
  return std::visit(
      Overloaded{
          [&](const Flag& kind) -> Json { return kind.at(object); },
          [&](const Whole& kind) -> Json { return kind.at(object); },
          [&](const Number& kind) -> Json { return number_json(kind.at(object)); },
          [&](const Duration& kind) -> Json {
            return number_json(static_cast<double>(kind.at(object).count()) / 1000);
          },
          [&](const Text& kind) -> Json {
            return text_json(shown(kind.at(object), field.address, secrets), is_hidden);
          },
          [&](const TextList& kind) -> Json { return kind.at(object); },
          [&](const TextMap& kind) -> Json { return map_json(kind.at(object), secrets); },
          [&](const Mode& kind) -> Json { return octal(kind.at(object)); },
          [&](const MonitorChoice&) -> Json {
            return monitor_json(*static_cast<common::InputSettings*>(object));
          },
          [&](const Section& kind) -> Json { return render_table(*kind.table, kind.at(object), secrets); },
          [&](const List& kind) -> Json {
            Json items = Json::array();
            for (void* item : kind.items(object)) items.push_back(render_table(*kind.table, item, secrets));
            return items;
          },
          [&](const Map& kind) -> Json {
            Json members = Json::object();
            for (const auto& [key, item] : kind.items(object)) {
              members[key] = render_table(*kind.table, item, secrets);
            }
            return members;
          },
          [&](const Unavailable& kind) -> Json { return Json::parse(kind.empty); }},
      field.kind);
}

// The fields that belong to the object's own "type", when it has one.
bool is_used(const Field& field, const Json& rendered) {
  return is_used_by(field, rendered.value("type", ""));
}

}  // namespace

std::string number_text(double number) {
  return number_json(number).dump();
}

Json render_table(const Table& table, void* object, Secrets secrets) {
  Json rendered = Json::object();
  for (const Field& field : table.fields) {
    if (is_used(field, rendered)) rendered[std::string(field.key)] = render_field(field, object, secrets);
  }
  return rendered;
}

std::string format_config(const Config& config, Secrets secrets) {
  Config copy = config;
  // Texts are checked for UTF-8 when they are read; a Config made by other means must not throw here.
  return render_table(root_table(), &copy, secrets).dump(2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace supervisor
