// The three things done with the tables beside documenting them, and what they share. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "supervisor/config/config.h"
#include "supervisor/config/field.h"
#include "supervisor/config/findings.h"
#include "supervisor/config/source_value.h"

namespace supervisor {

// Fills `config` from `document`: what is not written stays as it is. `is_whole`: required keys must be
// there.
void read_config(const SourceValue& document, bool is_whole, Config& config, Findings& findings);
// What depends on another value, where nothing was written.
void fill_defaults(Config& config, const Findings& findings);

// Rules that join more than one value, and what this version cannot do.
void check_config(const Config& config, const FileChecks& files, Findings& findings);

// The part of it about server.auth and who reaches server.listen.
void check_auth(const Server& server, Findings& findings);

// Moves flat keys of the first seed to where they stand today; true when `document` is such a flat file.
bool unfold_seed_stream(SourceValue& document, Findings& findings);
// The same for the watchdog's file; keys that it does not know are errors.
void unfold_seed_watchdog(SourceValue& document, Findings& findings);

// null: the table has no such key.
const Field* find_field(const Table& table, std::string_view key);

// One value or object as JSON, keys in the order of the table.
nlohmann::ordered_json render_table(const Table& table, void* object, Secrets secrets);

// "a whole number from 1 to 120": in errors and on the reference page.
std::string allowed_values(const Kind& kind);
// 0.25, 30: the shortest text of a number.
std::string number_text(double number);

// One visitor made of lambdas.
template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
// For Clang before 17, which deduces no aggregate.
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace supervisor
