// Changes of the inputs of one stream, as PATCH /api/streams/NAME/inputs takes them:
//   {"changes": [{"op": "add", "priority": 1, "input": {"type": "pattern"}},   without priority: last
//                {"op": "update", "priority": 0, "input": {"type": "x11"}},    it becomes this one, as a
//                whole
//                {"op": "move", "priority": 2, "to": 0}, {"op": "remove", "priority": 1}]}
// One after the other; each priority is that of the list as the changes before it left it. Answers the text
// of the configuration file with the new list: the other keys stay as they are written, the comments are
// lost. Judges the form of the changes only: what an input may be is judged with the whole text, by
// parse_config. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/parse.h"

namespace supervisor {

inline constexpr std::size_t input_changes_max = 32;  // in one document

struct EditedConfig {
  std::string text;
  std::string list;          // where it stands: "/streams/0/inputs"
  std::vector<int> changes;  // of each input of the new list the change that wrote it; -1: none
};

using EditOutcome = boost::system::result<EditedConfig, std::vector<ConfigProblem>>;

// `text`: the file as it is; empty: there is none, and `in_force` stands in for it. A flat file of the first
// seed becomes one of today. The stream must be in it: see names_stream.
EditOutcome edit_inputs(std::string_view text, const Config& in_force, const std::string& stream,
                        std::string_view changes);

// Whether the file has this stream; a file that cannot be read has all.
bool names_stream(std::string_view text, const Config& in_force, const std::string& stream);

// A problem of the new text as one of the changes that led to it.
ConfigProblem problem_of_changes(const EditedConfig& edited, ConfigProblem problem);

}  // namespace supervisor
