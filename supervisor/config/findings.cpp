#include "supervisor/config/findings.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "common/redact.h"

namespace supervisor {
namespace {

constexpr std::size_t shown_bytes_max = 60;

// Letters replaced, left out, put in, or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    next[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = row[j] + (a[i] == b[j] ? 0 : 1);
      next[j + 1] = std::min({replaced, next[j] + 1, row[j + 1] + 1});
      const bool is_swapped = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
      if (is_swapped) next[j + 1] = std::min(next[j + 1], before[j - 1] + 1);
    }
    before.swap(row);
    row.swap(next);
  }
  return row.back();
}

}  // namespace

std::vector<ConfigProblem> Findings::take() {
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.line < b.line; });
  std::vector<ConfigProblem> problems;
  for (Entry& entry : entries_) problems.push_back(std::move(entry.problem));
  if (dropped_ > 0)
    problems.push_back({file_name_, "and " + std::to_string(dropped_) + " more problems", !has_error_});
  entries_.clear();
  return problems;
}

void Findings::add(int line, const std::string& pointer, std::string text, bool warning) {
  has_error_ = has_error_ || !warning;
  if (entries_.size() == config_problems_max) {
    ++dropped_;
    return;
  }
  const std::string place = shown(pointer);
  entries_.push_back({line,
                      {file_name_ + ":" + std::to_string(line) + ": " + (place.empty() ? "/" : place),
                       std::move(text), warning, line, place}});
}

int Findings::line_of(std::string pointer) const {
  for (;;) {
    if (const auto found = lines_.find(pointer); found != lines_.end()) return found->second;
    if (pointer.empty()) return 1;
    pointer.erase(pointer.rfind('/'));
  }
}

std::string Findings::shown(const std::string& pointer) const {
  for (const auto& [moved, written] : moves_) {
    if (pointer == moved) return written;
    if (pointer.starts_with(moved + "/")) return written + pointer.substr(moved.size());
  }
  return pointer;
}

std::string in_quotes(std::string_view text) {
  const auto replace = nlohmann::json::error_handler_t::replace;
  std::string shown = common::redact(text);  // problems are logged
  if (shown.size() > shown_bytes_max) shown = shown.substr(0, shown_bytes_max) + "...";
  return nlohmann::json(shown).dump(-1, ' ', true, replace);
}

std::string pointer_to(const std::string& parent, std::string_view token) {
  const std::string printable = in_quotes(token);
  std::string pointer = parent + "/";
  for (const char c : std::string_view(printable).substr(1, printable.size() - 2)) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

std::string suggestion(std::string_view text, const std::vector<std::string_view>& words) {
  if (text.size() > shown_bytes_max || words.empty()) return "";
  const auto nearest =
      std::min_element(words.begin(), words.end(), [text](std::string_view a, std::string_view b) {
        return edit_distance(text, a) < edit_distance(text, b);
      });
  const std::size_t near_enough = std::max<std::size_t>(1, std::max(text.size(), nearest->size()) / 3);
  if (edit_distance(text, *nearest) > near_enough) return "";
  return " did you mean \"" + std::string(*nearest) + "\"?";
}

}  // namespace supervisor
