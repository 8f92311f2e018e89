#include "supervisor/config/edit_inputs.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "supervisor/config/findings.h"

namespace supervisor {
namespace {

using Json = nlohmann::ordered_json;
using Problems = std::vector<ConfigProblem>;

constexpr const char* of_the_changes = "the changes";

ConfigProblem wrong(const std::string& pointer, std::string text) {
  return {of_the_changes, std::move(text), false, 0, pointer};
}

// The file as it is, comments left out; discarded: it is no JSON.
Json document_of(std::string_view text, const Config& in_force) {
  if (text.empty()) return Json::parse(format_config(in_force, Secrets::Shown));
  Json document = Json::parse(text, nullptr, false, true);
  if (!document.is_object() || document.contains("streams")) return document;
  const ParseOutcome flat = parse_config(text, of_the_changes);
  return flat ? Json::parse(format_config(flat->config, Secrets::Shown)) : document;
}

Json* find_stream(Json& document, const std::string& name, std::size_t& index) {
  const auto streams = document.is_object() ? document.find("streams") : document.end();
  if (streams == document.end() || !streams->is_array()) return nullptr;
  for (index = 0; index < streams->size(); ++index) {
    Json& stream = (*streams)[index];
    if (stream.is_object() && stream.contains("name") && stream["name"] == name) return &stream;
  }
  return nullptr;
}

std::vector<Json> inputs_of(const Json& stream) {
  std::vector<Json> list;
  if (const auto found = stream.find("inputs"); found != stream.end() && found->is_array()) {
    for (const Json& input : *found) list.push_back(input);
    return list;
  }
  for (const common::InputSettings& input : Stream{}.inputs) {
    Json one = Json::object();
    one["type"] = input.type;
    list.push_back(std::move(one));
  }
  return list;
}

// Performs changes on a list of inputs, and remembers which of them wrote which input.
class Editor {
 public:
  Editor(std::vector<Json> inputs, Problems& problems)
      : inputs_(std::move(inputs)), changes_(inputs_.size(), -1), problems_(problems) {}

  void perform(const Json& change, int number) {
    at_ = "/changes/" + std::to_string(number);
    number_ = number;
    const std::string op = change.is_object() && change.contains("op") && change["op"].is_string()
                               ? change["op"].get<std::string>()
                               : "";
    if (op == "add") {
      if (keys(change, {"op", "priority", "input"})) add(change);
    } else if (op == "update") {
      if (keys(change, {"op", "priority", "input"})) update(change);
    } else if (op == "remove") {
      if (keys(change, {"op", "priority"})) remove(change);
    } else if (op == "move") {
      if (keys(change, {"op", "priority", "to"})) move(change);
    } else {
      problems_.push_back(
          wrong(at_ + "/op", "is missing or unknown; allowed: \"add\", \"update\", \"move\", \"remove\""));
    }
  }

  const std::vector<Json>& inputs() const { return inputs_; }
  const std::vector<int>& changes() const { return changes_; }

 private:
  using Place = std::ptrdiff_t;

  bool keys(const Json& change, const std::set<std::string>& allowed) {
    bool fine = true;
    for (const auto& [key, value] : change.items()) {
      if (allowed.contains(key)) continue;
      problems_.push_back(wrong(
          pointer_to(at_, key), "unknown key; allowed here: " + [&allowed] {
            std::vector<std::string_view> words(allowed.begin(), allowed.end());
            return joined(words);
          }()));
      fine = false;
    }
    return fine;
  }

  // A priority from 0 to `last`; -1: it is none, and that was said.
  Place place(const Json& change, const char* key, Place last) {
    const auto found = change.find(key);
    const bool is_there = found != change.end() && found->is_number_integer();
    const std::int64_t value = is_there ? found->get<std::int64_t>() : -1;
    if (is_there && value >= 0 && value <= last) return static_cast<Place>(value);
    problems_.push_back(
        wrong(at_ + "/" + key,
              last < 0 ? std::string("there are no inputs in the list; allowed: \"add\"")
                       : std::string(is_there ? "is no input of the list" : "is missing or no whole number") +
                             "; allowed: 0 to " + std::to_string(last)));
    return -1;
  }

  bool has_input(const Json& change) {
    if (change.contains("input") && change["input"].is_object()) return true;
    problems_.push_back(
        wrong(at_ + "/input", "is missing or no object; allowed: an input as in the configuration"));
    return false;
  }

  void add(const Json& change) {
    const Place last = static_cast<Place>(inputs_.size());
    const Place at = change.contains("priority") ? place(change, "priority", last) : last;
    if (!has_input(change) || at < 0) return;
    inputs_.insert(inputs_.begin() + at, change["input"]);
    changes_.insert(changes_.begin() + at, number_);
  }

  void update(const Json& change) {
    const Place at = place(change, "priority", static_cast<Place>(inputs_.size()) - 1);
    if (!has_input(change) || at < 0) return;
    inputs_[static_cast<std::size_t>(at)] = change["input"];
    changes_[static_cast<std::size_t>(at)] = number_;
  }

  void remove(const Json& change) {
    const Place at = place(change, "priority", static_cast<Place>(inputs_.size()) - 1);
    if (at < 0) return;
    inputs_.erase(inputs_.begin() + at);
    changes_.erase(changes_.begin() + at);
  }

  void move(const Json& change) {
    const Place last = static_cast<Place>(inputs_.size()) - 1;
    const Place from = place(change, "priority", last), to = place(change, "to", last);
    if (from < 0 || to < 0) return;
    const auto turn = [from, to](auto begin) {
      if (from < to) {
        std::rotate(begin + from, begin + from + 1, begin + to + 1);
      } else {
        std::rotate(begin + to, begin + from, begin + from + 1);
      }
    };
    turn(inputs_.begin());
    turn(changes_.begin());
  }

  std::vector<Json> inputs_;
  std::vector<int> changes_;
  Problems& problems_;
  std::string at_;
  int number_ = 0;
};

}  // namespace

bool names_stream(std::string_view text, const Config& in_force, const std::string& stream) {
  Json document = document_of(text, in_force);
  std::size_t index = 0;
  return document.is_discarded() || find_stream(document, stream, index) != nullptr;
}

EditOutcome edit_inputs(std::string_view text, const Config& in_force, const std::string& stream,
                        std::string_view changes) {
  const Json wanted = Json::parse(changes, nullptr, false);
  const bool is_form = wanted.is_object() && wanted.size() == 1 && wanted.contains("changes") &&
                       wanted["changes"].is_array() && !wanted["changes"].empty() &&
                       wanted["changes"].size() <= input_changes_max;
  if (!is_form) {
    return Problems{wrong("/changes", "is not what is needed; allowed: {\"changes\": [...]} with 1 to " +
                                          std::to_string(input_changes_max) + " changes and nothing else")};
  }
  Json document = document_of(text, in_force);
  std::size_t index = 0;
  Json* found = find_stream(document, stream, index);
  if (!found)
    return Problems{
        wrong("/", "the configuration file cannot be read as JSON with this stream; mend it first")};
  Problems problems;
  Editor editor(inputs_of(*found), problems);
  int number = 0;
  for (const Json& change : wanted["changes"]) editor.perform(change, number++);
  if (!problems.empty()) return problems;
  Json list = Json::array();
  for (const Json& input : editor.inputs()) list.push_back(input);
  (*found)["inputs"] = std::move(list);
  return EditedConfig{document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n",
                      "/streams/" + std::to_string(index) + "/inputs", editor.changes()};
}

ConfigProblem problem_of_changes(const EditedConfig& edited, ConfigProblem problem) {
  // Lines are those of a text that nobody has seen.
  problem.line = 0;
  problem.place = "the configuration with the changes";
  if (!problem.pointer.starts_with(edited.list + "/")) return problem;
  const char* const end = problem.pointer.data() + problem.pointer.size();
  std::size_t input = 0;
  const auto read = std::from_chars(problem.pointer.data() + edited.list.size() + 1, end, input);
  if (read.ec != std::errc{} || input >= edited.changes.size() || edited.changes[input] < 0) return problem;
  problem.place = of_the_changes;
  problem.pointer =
      "/changes/" + std::to_string(edited.changes[input]) + "/input" + std::string(read.ptr, end);
  return problem;
}

}  // namespace supervisor
