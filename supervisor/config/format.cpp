#include <nlohmann/json.hpp>

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
          [&](const Text& kind) -> Json { return text_json(kind.at(object), is_hidden); },
          [&](const TextList& kind) -> Json { return kind.at(object); },
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
  return field.only_for.empty() || rendered.value("type", "") == field.only_for;
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
