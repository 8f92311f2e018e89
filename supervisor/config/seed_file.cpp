#include <algorithm>
#include <utility>

#include "supervisor/config/tables.h"
#include "supervisor/config/walk.h"

namespace supervisor {
namespace {

using Type = SourceValue::Type;

const SeedKey* find_key(std::span<const SeedKey> keys, std::string_view key) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [key](const SeedKey& seed) { return seed.key == key; });
  return found == keys.end() ? nullptr : &*found;
}

SourceValue make_value(Type type, std::string key, int line) {
  SourceValue value;
  value.type = type;
  value.key = std::move(key);
  value.line = line;
  return value;
}

SourceValue& member_of(SourceValue& object, std::string_view key, int line) {
  const auto found = std::find_if(object.children.begin(), object.children.end(),
                                  [key](const SourceValue& child) { return child.key == key; });
  if (found != object.children.end()) return *found;
  object.children.push_back(make_value(Type::Object, std::string(key), line));
  return object.children.back();
}

// Moves the members that are in `keys` out of `document` into sections of `target`; `pointer` is where that
// stands.
void move_keys(SourceValue& document, std::span<const SeedKey> keys, SourceValue& target,
               const std::string& pointer, Findings& findings) {
  for (SourceValue& member : document.children) {
    const SeedKey* seed = find_key(keys, member.key);
    if (!seed) continue;
    const std::string section = pointer + "/" + std::string(seed->section);
    findings.note_move(section + "/" + member.key, "/" + member.key);
    SourceValue& inner = member_of(target, seed->section, member.line);
    inner.children.push_back(std::exchange(member, SourceValue{}));
  }
}

// Everything that `keys` does not name is an error and taken out. `further`: keys that may stand beside them.
void refuse_others(SourceValue& document, std::span<const SeedKey> keys, std::span<const Field> further,
                   Findings& findings) {
  std::vector<std::string_view> allowed;
  for (const SeedKey& seed : keys) allowed.push_back(seed.key);
  for (const Field& field : further) allowed.push_back(field.key);
  std::erase_if(document.children, [&](const SourceValue& member) {
    if (std::find(allowed.begin(), allowed.end(), member.key) != allowed.end()) return false;
    findings.error_at(member.line, pointer_to("", member.key),
                      "unknown key;" + suggestion(member.key, allowed) + " allowed here: " + joined(allowed));
    return true;
  });
}

void erase_moved(SourceValue& document) {
  std::erase_if(document.children, [](const SourceValue& member) { return member.key.empty(); });
}

}  // namespace

bool unfold_seed_stream(SourceValue& document, Findings& findings) {
  const auto keys = seed_stream_keys();
  const bool is_flat = document.type == Type::Object && !document.find("streams") &&
                       std::any_of(document.children.begin(), document.children.end(),
                                   [&](const SourceValue& member) { return find_key(keys, member.key); });
  if (!is_flat) return false;
  refuse_others(document, keys, root_table().fields, findings);
  SourceValue stream = make_value(Type::Object, "", 1);
  SourceValue name = make_value(Type::String, "name", 1);
  name.text = "desktop";
  stream.children.push_back(std::move(name));
  move_keys(document, keys, stream, "/streams/0", findings);
  erase_moved(document);
  SourceValue streams = make_value(Type::Array, "streams", 1);
  streams.children.push_back(std::move(stream));
  document.children.push_back(std::move(streams));
  return true;
}

void unfold_seed_watchdog(SourceValue& document, Findings& findings) {
  if (document.type != Type::Object) return;
  refuse_others(document, seed_watchdog_keys(), {}, findings);
  SourceValue target = make_value(Type::Object, "", document.line);
  move_keys(document, seed_watchdog_keys(), target, "", findings);
  document = std::move(target);
}

}  // namespace supervisor
