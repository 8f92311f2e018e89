#include "supervisor/config/reference.h"

#include "supervisor/config/reference_parts.h"
#include "supervisor/config/tables.h"
#include "supervisor/config/walk.h"

namespace supervisor {
namespace {

using Json = nlohmann::ordered_json;

std::string words_text(Words words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += in_quotes(word);
  }
  return text;
}

std::string range_text(double min, double max) {
  return " from " + number_text(min) + " to " + number_text(max);
}

// --- JSON Schema
// ------------------------------------------------------------------------------------------------

Json table_schema(const Table& table);

Json word_list(Words words) {
  Json list = Json::array();
  for (const std::string_view word : words) list.push_back(word);
  return list;
}

Json text_schema(const Text& kind) {
  Json schema = {{"type", "string"}};
  if (kind.words.empty()) {
    schema["maxLength"] = kind.bytes_max;
  } else {
    schema["enum"] = word_list(kind.words);
  }
  return schema;
}

Json list_schema(const List& kind) {
  Json list = {{"type", "array"}, {"maxItems", kind.items_max}, {"items", table_schema(*kind.table)}};
  if (!kind.single_allowed) return list;
  return {{"anyOf", Json::array({std::move(list), table_schema(*kind.table)})}};
}

Json map_schema(const Map& kind) {
  return {{"type", "object"},
          {"propertyNames", {{"enum", word_list(kind.words)}}},
          {"additionalProperties", table_schema(*kind.table)}};
}

Json monitor_schema() {
  return {{"anyOf", Json::array({{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}},
                                 {{"type", "integer"}, {"minimum", 0}, {"maximum", 63}},
                                 table_schema(region_table())})}};
}

Json kind_schema(const Kind& kind) {
  return std::visit(
      Overloaded{
          [](const Flag&) -> Json {
            return {{"type", "boolean"}};
          },
          [](const Whole& whole) -> Json {
            return {{"type", "integer"}, {"minimum", whole.min}, {"maximum", whole.max}};
          },
          [](const Number& number) -> Json {
            return {{"type", "number"}, {"minimum", number.min}, {"maximum", number.max}};
          },
          [](const Duration& duration) -> Json {
            return {{"type", "number"}, {"minimum", duration.min_seconds}, {"maximum", duration.max_seconds}};
          },
          [](const Text& text) { return text_schema(text); },
          [](const TextList& list) -> Json {
            return {{"type", "array"},
                    {"minItems", list.items_min},
                    {"maxItems", list.items_max},
                    {"items", {{"type", "string"}}}};
          },
          [](const TextMap& map) -> Json {
            return {{"type", "object"},
                    {"maxProperties", map.items_max},
                    {"additionalProperties", {{"type", "string"}, {"maxLength", map.value_bytes_max}}}};
          },
          [](const Mode&) -> Json {
            return {{"type", "string"}, {"pattern", "^[0-7]{3,4}$"}};
          },
          [](const MonitorChoice&) { return monitor_schema(); },
          [](const Section& section) { return table_schema(*section.table); },
          [](const List& list) { return list_schema(list); }, [](const Map& map) { return map_schema(map); },
          [](const Unavailable&) -> Json { return Json::object(); }},
      kind);
}

}  // namespace

bool has_table(const Kind& kind) {
  return std::holds_alternative<Section>(kind) || std::holds_alternative<List>(kind) ||
         std::holds_alternative<Map>(kind);
}

std::string about_text(const Field& field) {
  std::string text(field.about);
  if (std::holds_alternative<Unavailable>(field.kind)) text += " Not available in this version.";
  if (field.only_for.empty()) return text;
  text += " Only for type ";
  for (const char c : field.only_for) text += c == ' ' ? " and " : std::string(1, c);
  return text + ".";
}

// The default values of `table`, every field: also those of other types.
Json default_of(const Table& table, const Field& field) {
  const Field alone[] = {{field.key, field.kind, field.unit, field.about}};
  const Table one{alone, table.defaults};
  return render_table(one, table.defaults(), Secrets::Shown)[std::string(field.key)];
}

namespace {

Json table_schema(const Table& table) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Field& field : table.fields) {
    Json schema = kind_schema(field.kind);
    schema["description"] =
        about_text(field) + (field.unit.empty() ? "" : " Unit: " + std::string(field.unit) + ".");
    if (!field.required && !has_table(field.kind)) schema["default"] = default_of(table, field);
    if (field.required) required.push_back(field.key);
    properties[std::string(field.key)] = std::move(schema);
  }
  Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

// --- Reference page
// ---------------------------------------------------------------------------------------------

constexpr const char* page_head = R"(# Configuration

<!-- Generated by streamer-config-docs from supervisor/config/tables.cpp: do not edit. -->

`/etc/desktop-streamer/config.json` is JSON in UTF-8; `//` and `/* */` comments are allowed. Every key has a default,
except where the table says *required*. `streamer-supervisor check --config FILE` names everything that is wrong, as
`FILE:LINE: /json/pointer: what is wrong, what is allowed`. `config.schema.json` describes the same for editors.

A change is put in force by a reload (`systemctl reload`, the dashboard, the API) while the streams run. What waits for the
next start of the service: `log`, `server` but `server.auth` and another certificate, `hls` and `video.fps` of a stream,
streams that are added or removed; the dashboard, the answer of the API and the log name each of them.

The flat file of the first version (fps, width, height, ...) loads unchanged as one stream named `desktop`, and is also
served on 127.0.0.1:8888; its watchdog file loads with `--watchdog-config`.
)";

// A bar would end the cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string in_code(const std::string& text) {
  std::string code("`");
  code += text;
  code += '`';
  return code;
}

std::string default_cell(const Table& table, const Field& field) {
  if (field.required) return "*required*";
  if (has_table(field.kind)) return "";
  return in_code(default_of(table, field).dump());
}

std::string field_row(const Table& table, const Field& field) {
  const std::string unit = field.unit.empty() ? "" : ", " + std::string(field.unit);
  return "| " + in_code(std::string(field.key)) + " | " + cell(allowed_values(field.kind) + unit) + " | " +
         cell(default_cell(table, field)) + " | " + cell(about_text(field)) + " |\n";
}

std::string table_page(const Table& table, const std::string& path);

std::string inner_page(const Field& field, const std::string& parent) {
  const std::string path = (parent.empty() ? "" : parent + ".") + std::string(field.key);
  return std::visit(Overloaded{[&](const Section& kind) { return table_page(*kind.table, path); },
                               [&](const List& kind) { return table_page(*kind.table, path + "[]"); },
                               [&](const Map& kind) { return table_page(*kind.table, path + ".{class}"); },
                               [&](const MonitorChoice&) { return table_page(region_table(), path); },
                               [](const auto&) { return std::string(); }},
                    field.kind);
}

std::string table_page(const Table& table, const std::string& path) {
  std::string page = "\n## " + (path.empty() ? "The file" : in_code(path)) +
                     "\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const Field& field : table.fields) page += field_row(table, field);
  for (const Field& field : table.fields) page += inner_page(field, path);
  return page;
}

}  // namespace

std::string allowed_values(const Kind& kind) {
  return std::visit(
      Overloaded{
          [](const Flag&) -> std::string { return "true or false"; },
          [](const Whole& whole) { return "a whole number" + range_text(whole.min, whole.max); },
          [](const Number& number) { return "a number" + range_text(number.min, number.max); },
          [](const Duration& time) { return "a number" + range_text(time.min_seconds, time.max_seconds); },
          [](const Text& text) {
            if (!text.words.empty()) return "one of " + words_text(text.words);
            return "a text of at most " + std::to_string(text.bytes_max) + " bytes";
          },
          [](const TextList& list) {
            return "a list of " + std::to_string(list.items_min) + " to " + std::to_string(list.items_max) +
                   " texts";
          },
          [](const TextMap& map) {
            return "an object of at most " + std::to_string(map.items_max) + " texts of at most " +
                   std::to_string(map.value_bytes_max) + " bytes";
          },
          [](const Mode&) -> std::string { return "a text of 3 or 4 octal digits, such as \"0755\""; },
          [](const MonitorChoice&) -> std::string {
            return "a text of 1 to 255 bytes, an index from 0 to 63, or {x, y, width, height}";
          },
          [](const Section&) -> std::string { return "an object"; },
          [](const List& list) { return "a list of at most " + std::to_string(list.items_max) + " objects"; },
          [](const Map& map) { return "an object with keys of " + words_text(map.words); },
          [](const Unavailable& unavailable) { return "only " + std::string(unavailable.empty); }},
      kind);
}

std::string config_schema() {
  Json schema = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "Desktop Streamer configuration"},
      {"$comment", "Generated by streamer-config-docs from supervisor/config/tables.cpp: do not edit."}};
  schema.update(table_schema(root_table()));
  return schema.dump(2) + "\n";
}

std::string config_reference() {
  return page_head + table_page(root_table(), "");
}

}  // namespace supervisor
