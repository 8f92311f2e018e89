#include <algorithm>
#include <cmath>
#include <limits>

#include "common/redact.h"
#include "supervisor/config/tables.h"
#include "supervisor/config/walk.h"

namespace supervisor {
namespace {

using Type = SourceValue::Type;

std::vector<std::string_view> keys_of(const Table& table) {
  std::vector<std::string_view> keys;
  for (const Field& field : table.fields) keys.push_back(field.key);
  return keys;
}

const Table* section_table(const Field& field) {
  const auto* section = std::get_if<Section>(&field.kind);
  return section ? section->table : nullptr;
}

// `it belongs into "video"` for a key written one or more sections too high; else nothing.
std::string deeper_place(const Table& table, std::string_view key) {
  for (const Field& field : table.fields) {
    const Table* inner = section_table(field);
    if (!inner) continue;
    if (find_field(*inner, key)) return " it belongs into \"" + std::string(field.key) + "\";";
    if (const std::string deeper = deeper_place(*inner, key); !deeper.empty()) return deeper;
  }
  return "";
}

// `field`: what is being read; null: nothing of its own.
std::string found_text(const SourceValue& value, const Field* field) {
  switch (value.type) {
    case Type::Null:
      return "is null";
    case Type::Boolean:
      return value.boolean ? "is true" : "is false";
    case Type::Number:
      return "is " + (value.text.size() > 40 ? "a very long number" : value.text);
    case Type::String:
      if (field && field->secret) return "is a text";
      return "is the text " + in_quotes(field && field->address ? common::redact(value.text) : value.text);
    case Type::Array:
      return "is a list";
    case Type::Object:
      return "is an object";
  }
  return "";
}

// "", 0, false, null, and lists and objects of nothing else.
bool is_empty(const SourceValue& value) {
  switch (value.type) {
    case Type::Null:
      return true;
    case Type::Boolean:
      return !value.boolean;
    case Type::Number:
      return value.number == 0;
    case Type::String:
      return value.text.empty() || value.text == "off";
    case Type::Array:
      return value.children.empty();
    case Type::Object:
      return std::all_of(value.children.begin(), value.children.end(), is_empty);
  }
  return false;
}

// "url device" -> `"url" or "device"`.
std::string either(std::string_view words) {
  std::string text;
  for (const char c : words) text += c == ' ' ? "\" or \"" : std::string(1, c);
  return '"' + text + '"';
}

class Reader {
 public:
  Reader(bool is_whole, Findings& findings) : is_whole_(is_whole), findings_(findings) {}

  void object(const Table& table, void* object, const SourceValue& value, const std::string& pointer) {
    findings_.note_line(pointer, value.line);
    if (value.type != Type::Object) {
      findings_.error(pointer, found_text(value, nullptr) + "; allowed: an object");
      return;
    }
    for (const SourceValue& member : value.children) {
      // A double key was reported already.
      if (value.find(member.key) == &member) this->member(table, object, member, pointer);
    }
    if (is_whole_) require(table, value, pointer);
    refuse_unused(table, value, pointer);
  }

 private:
  void member(const Table& table, void* object, const SourceValue& member, const std::string& parent) {
    const std::string pointer = pointer_to(parent, member.key);
    findings_.note_line(pointer, member.line);
    const Field* field = find_field(table, member.key);
    if (!field) return unknown_key(table, member.key, pointer);
    field_ = field;
    std::visit([&](const auto& kind) { read(kind, object, member, pointer); }, field->kind);
  }

  void unknown_key(const Table& table, std::string_view key, const std::string& pointer) {
    const auto keys = keys_of(table);
    std::string hint = suggestion(key, keys);
    if (hint.empty()) hint = deeper_place(table, key);
    findings_.error(pointer, "unknown key;" + hint + " allowed here: " + joined(keys));
  }

  void require(const Table& table, const SourceValue& value, const std::string& pointer) {
    for (const Field& field : table.fields) {
      if (!field.required || value.find(field.key)) continue;
      findings_.error(pointer, in_quotes(field.key) + " is missing; it is " + allowed_values(field.kind));
    }
  }

  void refuse_unused(const Table& table, const SourceValue& value, const std::string& pointer) {
    const SourceValue* type = value.find("type");
    if (!type || type->type != Type::String) return;
    for (const SourceValue& member : value.children) {
      const Field* field = find_field(table, member.key);
      if (!field || is_used_by(*field, type->text)) continue;
      findings_.error(pointer_to(pointer, member.key), "is not used by type " + in_quotes(type->text) +
                                                           ", only by " + either(field->only_for) +
                                                           "; leave it out, or change \"type\"");
    }
  }

  void refuse(const Kind& kind, const SourceValue& value, const std::string& pointer) {
    findings_.error(pointer, found_text(value, field_) + "; allowed: " + allowed_values(kind));
  }

  void read(const Flag& kind, void* object, const SourceValue& value, const std::string& pointer) {
    if (value.type != Type::Boolean) return refuse(kind, value, pointer);
    kind.at(object) = value.boolean;
  }

  void read(const Whole& kind, void* object, const SourceValue& value, const std::string& pointer) {
    const bool is_whole = value.type == Type::Number && std::trunc(value.number) == value.number;
    if (!is_whole || value.number < kind.min || value.number > kind.max) return refuse(kind, value, pointer);
    kind.at(object) = static_cast<int>(value.number);
  }

  void read(const Number& kind, void* object, const SourceValue& value, const std::string& pointer) {
    const bool is_allowed =
        value.type == Type::Number && value.number >= kind.min && value.number <= kind.max;
    if (!is_allowed) return refuse(kind, value, pointer);
    kind.at(object) = value.number;
  }

  void read(const Duration& kind, void* object, const SourceValue& value, const std::string& pointer) {
    const bool is_allowed =
        value.type == Type::Number && value.number >= kind.min_seconds && value.number <= kind.max_seconds;
    if (!is_allowed) return refuse(kind, value, pointer);
    kind.at(object) = Milliseconds(std::llround(value.number * 1000));
  }

  void read(const Text& kind, void* object, const SourceValue& value, const std::string& pointer) {
    const bool is_word =
        kind.words.empty() || std::find(kind.words.begin(), kind.words.end(), value.text) != kind.words.end();
    if (value.type != Type::String || !is_word || value.text.size() > kind.bytes_max) {
      return refuse(kind, value, pointer);
    }
    // Paths and names go to calls that end a text at the first zero byte.
    if (value.text.find('\0') != std::string::npos) {
      findings_.error(pointer, "holds a zero byte; allowed: " + allowed_values(kind));
      return;
    }
    kind.at(object) = value.text;
  }

  void read(const TextList& kind, void* object, const SourceValue& value, const std::string& pointer) {
    const auto is_text = [](const SourceValue& item) { return item.type == Type::String; };
    const bool is_allowed = value.type == Type::Array && value.children.size() >= kind.items_min &&
                            value.children.size() <= kind.items_max &&
                            std::all_of(value.children.begin(), value.children.end(), is_text);
    if (!is_allowed) return refuse(kind, value, pointer);
    kind.at(object).clear();
    for (const SourceValue& item : value.children) {
      findings_.note_line(pointer_to(pointer, std::to_string(kind.at(object).size())), item.line);
      kind.at(object).push_back(item.text);
    }
  }

  void read(const TextMap& kind, void* object, const SourceValue& value, const std::string& pointer) {
    if (value.type != Type::Object || value.children.size() > kind.items_max)
      return refuse(kind, value, pointer);
    kind.at(object).clear();
    for (const SourceValue& member : value.children) {
      const std::string inner = pointer_to(pointer, member.key);
      findings_.note_line(inner, member.line);
      const bool is_fine = member.type == Type::String && !member.key.empty() &&
                           member.key.size() <= kind.key_bytes_max &&
                           member.text.size() <= kind.value_bytes_max &&
                           (member.key + member.text).find('\0') == std::string::npos;
      if (is_fine) {
        kind.at(object).emplace(member.key, member.text);
      } else {
        findings_.error(
            inner, std::string(member.type == Type::String ? "is too long, or empty, or holds a zero byte"
                                                           : "is no text") +
                       "; allowed: a key of 1 to " + std::to_string(kind.key_bytes_max) +
                       " bytes and a text of at most " + std::to_string(kind.value_bytes_max));
      }
    }
  }

  void read(const Mode& kind, void* object, const SourceValue& value, const std::string& pointer) {
    const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
    const bool is_allowed = value.type == Type::String && value.text.size() >= 3 && value.text.size() <= 4 &&
                            std::all_of(value.text.begin(), value.text.end(), is_octal);
    if (!is_allowed) return refuse(kind, value, pointer);
    kind.at(object) = static_cast<unsigned>(std::stoul(value.text, nullptr, 8));
  }

  void read(const MonitorChoice& kind, void* object, const SourceValue& value, const std::string& pointer) {
    auto& input = *static_cast<common::InputSettings*>(object);
    const bool is_index = value.type == Type::Number && std::trunc(value.number) == value.number &&
                          value.number >= 0 && value.number < 64;
    if (is_index) {
      input.monitor = std::to_string(static_cast<int>(value.number));
    } else if (value.type == Type::String && !value.text.empty() && value.text.size() <= 255) {
      input.monitor = value.text;
    } else if (value.type == Type::Object) {
      input.region.emplace();
      this->object(region_table(), &*input.region, value, pointer);
    } else {
      refuse(kind, value, pointer);
    }
  }

  void read(const Section& kind, void* object, const SourceValue& value, const std::string& pointer) {
    this->object(*kind.table, kind.at(object), value, pointer);
  }

  void read(const List& kind, void* object, const SourceValue& value, const std::string& pointer) {
    if (value.type == Type::Object && kind.single_allowed) {
      findings_.warning(pointer, "one object is read as a list of one; write [ ... ] around it");
      kind.clear(object);
      this->object(*kind.table, kind.append(object), value, pointer);
      return;
    }
    if (value.type != Type::Array || value.children.size() > kind.items_max)
      return refuse(kind, value, pointer);
    kind.clear(object);
    for (std::size_t i = 0; i < value.children.size(); ++i) {
      this->object(*kind.table, kind.append(object), value.children[i],
                   pointer_to(pointer, std::to_string(i)));
    }
  }

  void read(const Map& kind, void* object, const SourceValue& value, const std::string& pointer) {
    if (value.type != Type::Object) return refuse(kind, value, pointer);
    for (const SourceValue& member : value.children) {
      const std::string inner = pointer_to(pointer, member.key);
      findings_.note_line(inner, member.line);
      if (std::find(kind.words.begin(), kind.words.end(), member.key) == kind.words.end()) {
        const std::vector<std::string_view> words(kind.words.begin(), kind.words.end());
        findings_.error(inner,
                        "unknown key;" + suggestion(member.key, words) + " allowed here: " + joined(words));
      } else if (value.find(member.key) == &member) {
        this->object(*kind.table, kind.at(object, member.key), member, inner);
      }
    }
  }

  void read(const Unavailable& kind, void*, const SourceValue& value, const std::string& pointer) {
    if (is_empty(value)) return;
    findings_.error(pointer,
                    "is not available in this version; leave it out or write " + std::string(kind.empty));
  }

  bool is_whole_;
  Findings& findings_;
  const Field* field_ = nullptr;  // being read
};

}  // namespace

const Field* find_field(const Table& table, std::string_view key) {
  const auto found = std::find_if(table.fields.begin(), table.fields.end(),
                                  [key](const Field& field) { return field.key == key; });
  return found == table.fields.end() ? nullptr : &*found;
}

void read_config(const SourceValue& document, bool is_whole, Config& config, Findings& findings) {
  Reader(is_whole, findings).object(root_table(), &config, document, "");
}

void fill_defaults(Config& config, const Findings& findings) {
  for (std::size_t s = 0; s < config.streams.size(); ++s) {
    auto& inputs = config.streams[s].inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::string pointer = "/streams/" + std::to_string(s) + "/inputs/" + std::to_string(i);
      if (!findings.is_written(pointer + "/exclusive")) inputs[i].exclusive = inputs[i].type == "device";
    }
  }
}

}  // namespace supervisor
