#include "supervisor/config/redact.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/redact.h"
#include "supervisor/config/tables.h"
#include "supervisor/config/walk.h"

namespace supervisor {
namespace {

using Json = nlohmann::ordered_json;
using Type = SourceValue::Type;

// What is in force at the same place; null: nothing.
const Json* member(const Json* in_force, std::string_view key) {
  if (!in_force || !in_force->is_object()) return nullptr;
  const auto found = in_force->find(std::string(key));
  return found == in_force->end() ? nullptr : &*found;
}

std::string name_of(const SourceValue& item) {
  const SourceValue* name = item.find("name");
  return name && name->type == Type::String ? name->text : std::string();
}

bool holds_hidden(std::string_view text) {
  return text.find(hidden_secret) != std::string_view::npos;
}

// `shown` is how the text `in_force` is shown.
bool is_shown_of(const std::string& shown, const Json* in_force) {
  return in_force && in_force->is_string() && common::redact(in_force->get<std::string>()) == shown;
}

// The item in force with the same address as `item`, as far as it may be shown: the one at the same place
// before others; null: none, or several that are not the same.
const Json* same_address(const SourceValue& item, std::size_t index, std::string_view key,
                         const Json& in_force) {
  const SourceValue* address = item.find(key);
  if (!address || address->type != Type::String) return nullptr;
  if (index < in_force.size() && is_shown_of(address->text, member(&in_force[index], key)))
    return &in_force[index];
  const Json* found = nullptr;
  for (const Json& other : in_force) {
    if (!is_shown_of(address->text, member(&other, key))) continue;
    if (found && *found != other) return nullptr;
    found = &other;
  }
  return found;
}

const Json* counterpart(const SourceValue& list, std::size_t index, const Table& table,
                        const Json* in_force) {
  if (!in_force || !in_force->is_array()) return nullptr;
  const auto address = std::find_if(table.fields.begin(), table.fields.end(),
                                    [](const Field& field) { return field.address; });
  if (address != table.fields.end()) {
    const Json* found = same_address(list.children[index], index, address->key, *in_force);
    if (found) return found;
  }
  if (!find_field(table, "name"))
    return list.children.size() == in_force->size() ? &(*in_force)[index] : nullptr;
  const std::string name = name_of(list.children[index]);
  for (const Json& item : *in_force) {
    if (!name.empty() && item.value("name", "") == name) return &item;
  }
  return nullptr;
}

// Walks a document beside its tables and collects what each text that holds "(secret)" becomes, in the order
// of the document.
class Collector {
 public:
  explicit Collector(Findings& findings) : findings_(findings) {}

  void object(const Table& table, const SourceValue& value, const Json* in_force,
              const std::string& pointer) {
    if (value.type != Type::Object) return any(value);
    for (const SourceValue& child : value.children) {
      const Field* field = find_field(table, child.key);
      this->field(field, child, member(in_force, child.key), pointer_to(pointer, child.key));
    }
  }
  std::vector<std::string> replacements;

 private:
  void field(const Field* field, const SourceValue& value, const Json* in_force, const std::string& pointer) {
    if (field && field->secret && value.type == Type::String) return secret(value, in_force, pointer);
    if (field && field->address && value.type == Type::String) return address(value, in_force, pointer);
    if (!field) return any(value);
    std::visit(Overloaded{[&](const Section& kind) { object(*kind.table, value, in_force, pointer); },
                          [&](const List& kind) { list(kind, value, in_force, pointer); },
                          [&](const Map& kind) {
                            if (value.type != Type::Object) return any(value);
                            for (const SourceValue& child : value.children)
                              object(*kind.table, child, member(in_force, child.key),
                                     pointer_to(pointer, child.key));
                          },
                          [&](const TextMap&) { texts(value, in_force, pointer); },
                          [&](const auto&) { any(value); }},
               field->kind);
  }

  void texts(const SourceValue& value, const Json* in_force, const std::string& pointer) {
    if (value.type != Type::Object) return any(value);
    for (const SourceValue& child : value.children) {
      const Json* known = member(in_force, child.key);
      const std::string inner = pointer_to(pointer, child.key);
      if (child.type != Type::String) {
        any(child);
      } else if (is_secret_key(child.key)) {
        secret(child, known, inner);
      } else {
        address(child, known, inner);
      }
    }
  }

  void list(const List& kind, const SourceValue& value, const Json* in_force, const std::string& pointer) {
    if (value.type == Type::Object && kind.single_allowed) {
      const bool is_one = in_force && in_force->is_array() && in_force->size() == 1;
      return object(*kind.table, value, is_one ? &in_force->front() : nullptr, pointer);
    }
    if (value.type != Type::Array) return any(value);
    for (std::size_t i = 0; i < value.children.size(); ++i) {
      object(*kind.table, value.children[i], counterpart(value, i, *kind.table, in_force),
             pointer_to(pointer, std::to_string(i)));
    }
  }

  void secret(const SourceValue& value, const Json* in_force, const std::string& pointer) {
    if (value.text != hidden_secret) return any(value);
    const bool is_known =
        in_force && in_force->is_string() && !in_force->get_ref<const std::string&>().empty();
    if (!is_known)
      findings_.error_at(
          value.line, pointer,
          "is hidden, and no secret that is in force belongs here; allowed: the secret itself");
    replacements.push_back(is_known ? in_force->get<std::string>() : value.text);
  }

  void address(const SourceValue& value, const Json* in_force, const std::string& pointer) {
    if (!holds_hidden(value.text)) return;
    const bool is_known = is_shown_of(value.text, in_force);
    if (!is_known)
      findings_.error_at(value.line, pointer,
                         "has a hidden part, and is not an address that is in force here; allowed: the whole "
                         "address, with its secrets");
    replacements.push_back(is_known ? in_force->get<std::string>() : value.text);
  }

  // A text that reads the same and is no secret stays.
  void any(const SourceValue& value) {
    if (value.type == Type::String && holds_hidden(value.text)) replacements.push_back(value.text);
    for (const SourceValue& child : value.children) any(child);
  }

  Findings& findings_;
};

// Finds the texts of a valid document: where each literal begins and ends.
class Literals {
 public:
  explicit Literals(std::string_view text) : text_(text) {}

  // The next one, quotes included; empty: there is none.
  std::string_view next() {
    while (at_ < text_.size()) {
      if (skip_comment()) continue;
      if (text_[at_] == '"') return take();
      ++at_;
    }
    return {};
  }
  // The literal that was taken is the key of a member.
  bool is_key() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (skip_comment()) continue;
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return c == ':';
      ++at_;
    }
    return false;
  }
  std::size_t end() const { return at_; }

 private:
  bool skip_comment() {
    const bool is_line = text_.substr(at_, 2) == "//", is_block = text_.substr(at_, 2) == "/*";
    if (!is_line && !is_block) return false;
    const std::size_t stop = is_line ? text_.find('\n', at_) : text_.find("*/", at_ + 2);
    at_ = stop == std::string_view::npos ? text_.size() : stop + (is_line ? 1 : 2);
    return true;
  }
  std::string_view take() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
    return text_.substr(begin, at_ - begin);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool reads_hidden(std::string_view literal) {
  // Escapes may spell it in many ways.
  if (!holds_hidden(literal) && literal.find('\\') == std::string_view::npos) return false;
  const Json value = Json::parse(literal, nullptr, false);
  return value.is_string() && holds_hidden(value.get_ref<const std::string&>());
}

std::string replaced(std::string_view text, const std::vector<std::string>& replacements) {
  Literals literals(text);
  std::string merged;
  std::size_t copied = 0, used = 0;
  for (std::string_view literal = literals.next(); !literal.empty(); literal = literals.next()) {
    if (!reads_hidden(literal)) continue;
    const std::size_t end = literals.end();
    if (literals.is_key() || used == replacements.size()) continue;
    merged.append(text.substr(copied, end - literal.size() - copied));
    merged += Json(replacements[used++]).dump(-1, ' ', false, Json::error_handler_t::replace);
    copied = end;
  }
  return merged.append(text.substr(copied));
}

}  // namespace

MergeOutcome merge_secrets(std::string_view text, const std::string& file_name, const Config& in_force) {
  Findings findings(file_name);
  const auto document = read_source(text, findings);
  if (!document || findings.has_error()) return findings.take();
  const Json secrets = Json::parse(format_config(in_force, Secrets::Shown));
  Collector collector(findings);
  collector.object(root_table(), *document, &secrets, "");
  if (findings.has_error()) return findings.take();
  return replaced(text, collector.replacements);
}

}  // namespace supervisor
