// The shape of the configuration, as data: a Table lists the fields of one object of the file, a Field says
// key, type, range or words, unit and meaning. One set of tables (tables.h) is walked by read.cpp (parse),
// format.cpp (JSON) and reference.cpp (schema and reference page); no other place lists keys. Defaults are
// the initial values in config.h.
//
// Objects are passed as void* so that each walk is one plain function; only the makers at the end, given a
// pointer to member, touch the type. Pure.
#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/worker_settings.h"

namespace supervisor {

struct Table;
using Words = std::span<const std::string_view>;

// How to reach a value of type T inside an object.
template <typename T>
using Access = T& (*)(void*);

struct Flag {
  Access<bool> at;
};
struct Whole {
  Access<int> at;
  int min, max;
};
struct Number {
  Access<double> at;
  double min, max;
};
// Seconds in the file; kept in whole milliseconds.
struct Duration {
  Access<std::chrono::milliseconds> at;
  double min_seconds, max_seconds;
};
// One of `words`, or any text when there are none; always at most bytes_max.
struct Text {
  Access<std::string> at;
  Words words = {};
  std::size_t bytes_max = 4096;
};
struct TextList {
  Access<std::vector<std::string>> at;
  std::size_t items_min, items_max;
};
// An object of texts under keys of the operator's own. Values whose keys speak of secrets are never shown.
struct TextMap {
  Access<std::map<std::string, std::string>> at;
  std::size_t items_max, key_bytes_max, value_bytes_max;
};
// Permission bits as octal text, "0755".
struct Mode {
  Access<unsigned> at;
};
// The monitor of an x11 input: text, an index, or a rectangle {x,y,width,height} of
// common::Region. Its object is a common::InputSettings.
struct MonitorChoice {};
struct Section {
  void* (*at)(void*);
  const Table* table;
};
struct List {
  const Table* table;
  std::size_t items_max;
  bool single_allowed;  // the seed's form: one object instead of a list
  void* (*append)(void*);
  void (*clear)(void*);
  std::vector<void*> (*items)(void*);
};
// An object whose keys are `words`, all with the same fields. Keys that are absent keep their default.
struct Map {
  const Table* table;
  Words words;
  void* (*at)(void*, const std::string&);
  std::vector<std::pair<std::string, void*>> (*items)(void*);
};
// A key of the contract that this version cannot do: only the empty value passes.
struct Unavailable {
  std::string_view empty;  // JSON: what to write instead
};

using Kind = std::variant<Flag, Whole, Number, Duration, Text, TextList, TextMap, Mode, MonitorChoice,
                          Section, List, Map, Unavailable>;

struct Field {
  std::string_view key;
  Kind kind;
  std::string_view unit;
  std::string_view about;
  bool required = false;
  bool secret = false;             // never shown, in errors neither
  bool address = false;            // a text that may hold a secret: shown through common::redact
  std::string_view only_for = {};  // the values of "type" that use it, a blank between: "url device"
};

// Whether an object of this "type" uses the field.
bool is_used_by(const Field& field, std::string_view type);
// Whether the value of a TextMap under this key is one that is never shown.
bool is_secret_key(std::string_view key);

struct Table {
  std::span<const Field> fields;
  void* (*defaults)();  // an object with the default values, not to be written to
};

// --- makers
// -----------------------------------------------------------------------------------------------------

template <typename T>
struct MemberPointer;
template <typename O, typename T>
struct MemberPointer<T O::*> {
  using Owner = O;
  using Value = T;
};
template <auto member>
using OwnerOf = typename MemberPointer<decltype(member)>::Owner;
template <auto member>
using ValueOf = typename MemberPointer<decltype(member)>::Value;

template <auto member>
ValueOf<member>& access(void* object) {
  return static_cast<OwnerOf<member>*>(object)->*member;
}

template <typename T>
void* defaults_of() {
  static T object;
  return &object;
}

template <typename T>
constexpr Table table_of(std::span<const Field> fields) {
  return {fields, &defaults_of<T>};
}

template <auto member>
constexpr Kind section(const Table& table) {
  return Section{[](void* object) -> void* { return &access<member>(object); }, &table};
}

template <auto member>
constexpr Kind list(const Table& table, std::size_t items_max, bool single_allowed = false) {
  return List{&table,
              items_max,
              single_allowed,
              [](void* object) -> void* { return &access<member>(object).emplace_back(); },
              [](void* object) { access<member>(object).clear(); },
              [](void* object) {
                std::vector<void*> items;
                for (auto& item : access<member>(object)) items.push_back(&item);
                return items;
              }};
}

template <auto member>
constexpr Kind map(const Table& table, Words words) {
  return Map{&table, words,
             [](void* object, const std::string& key) -> void* { return &access<member>(object)[key]; },
             [](void* object) {
               std::vector<std::pair<std::string, void*>> items;
               for (auto& [key, value] : access<member>(object)) items.emplace_back(key, &value);
               return items;
             }};
}

}  // namespace supervisor
