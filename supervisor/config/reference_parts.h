// What the pages about the configuration share: the Markdown page, the schema and the manual page. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "supervisor/config/field.h"

namespace supervisor {

// Objects, lists and maps of objects: described by a table of their own.
bool has_table(const Kind& kind);
// The meaning, and for what it is said only.
std::string about_text(const Field& field);
// The default value of `field` of `table`, also of fields that only another type uses.
nlohmann::ordered_json default_of(const Table& table, const Field& field);

}  // namespace supervisor
