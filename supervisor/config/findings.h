// Collects what is wrong with one file, and finds the line for it: the readers note where each value stands,
// the checks name only its pointer. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/parse.h"

namespace supervisor {

class Findings {
 public:
  explicit Findings(std::string file_name) : file_name_(std::move(file_name)) {}

  void note_line(const std::string& pointer, int line) { lines_[pointer] = line; }
  bool is_written(const std::string& pointer) const { return lines_.contains(pointer); }
  // What the file has at `written` is read as if it stood at `pointer`, and shown as it is written.
  void note_move(const std::string& pointer, const std::string& written) { moves_[pointer] = written; }

  void error(const std::string& pointer, std::string text) {
    add(line_of(pointer), pointer, std::move(text), false);
  }
  void error_at(int line, const std::string& pointer, std::string text) {
    add(line, pointer, std::move(text), false);
  }
  void warning(const std::string& pointer, std::string text) {
    add(line_of(pointer), pointer, std::move(text), true);
  }

  bool has_error() const { return has_error_; }
  // In the order of the file, at most config_problems_max and a line that counts the rest.
  std::vector<ConfigProblem> take();

 private:
  struct Entry {
    int line;
    ConfigProblem problem;
  };
  void add(int line, const std::string& pointer, std::string text, bool warning);
  // Of the value or, when it is not written, of what it would stand in.
  int line_of(std::string pointer) const;
  std::string shown(const std::string& pointer) const;

  std::string file_name_;
  std::map<std::string, int> lines_;
  std::map<std::string, std::string> moves_;
  std::vector<Entry> entries_;
  std::size_t dropped_ = 0;
  bool has_error_ = false;
};

// /streams/0/video: `token` escaped as in RFC 6901 and made printable.
std::string pointer_to(const std::string& parent, std::string_view token);
// `text` in quotes, control bytes and everything beyond ASCII escaped, cut at a readable length.
std::string in_quotes(std::string_view text);
// "a, b, c".
std::string joined(const std::vector<std::string_view>& words);
// ` did you mean "x"?` for the nearest of `words` to `text`, or nothing when none is near.
std::string suggestion(std::string_view text, const std::vector<std::string_view>& words);

}  // namespace supervisor
