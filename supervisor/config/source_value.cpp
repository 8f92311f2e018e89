#include "supervisor/config/source_value.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace supervisor {
namespace {

// Counts lines while the parser moves on. Everything it reports ends in a character that is not a line end,
// except that numbers are known only by the character after them: so the last character read never counts.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  std::size_t read = 0;

  int line() {
    const std::size_t end = read == 0 ? 0 : read - 1;
    if (end > counted_) {
      line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                                           text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
      counted_ = end;
    }
    return line_;
  }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  std::size_t counted_ = 0;
  int line_ = 1;
};

// The input of nlohmann's parser: tells the cursor how far it has read.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(Cursor* cursor, std::size_t at) : cursor_(cursor), at_(at) {}
  reference operator*() const { return cursor_->text()[at_]; }
  CountingIterator& operator++() {
    cursor_->read = std::max(cursor_->read, ++at_);
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at_ == b.at_; }

 private:
  Cursor* cursor_;
  std::size_t at_;
};

// "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error while ..." without what the
// place says already.
std::string plain_reason(std::string reason) {
  if (const auto id = reason.find("] "); id != std::string::npos) reason.erase(0, id + 2);
  if (const auto at = reason.find("parse error at "); at == 0) reason.erase(0, reason.find(": ") + 2);
  if (reason.find("number overflow") != std::string::npos) return "this number is too large";
  std::string plain;
  for (const char c : reason) plain += c >= ' ' && c < 127 ? c : '?';
  return plain;
}

// Builds the tree. Returning false from an event stops the parser.
class Builder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  Builder(Cursor& cursor, Findings& findings) : cursor_(cursor), findings_(findings) {}

  bool null() { return put(SourceValue::Type::Null) != nullptr; }
  bool boolean(bool value) {
    SourceValue* put_value = put(SourceValue::Type::Boolean);
    if (put_value) put_value->boolean = value;
    return put_value;
  }
  bool number_integer(number_integer_t value) {
    return put_number(static_cast<double>(value), std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) {
    return put_number(static_cast<double>(value), std::to_string(value));
  }
  bool number_float(number_float_t value, const string_t& written) { return put_number(value, written); }
  bool string(string_t& value) {
    SourceValue* put_value = put(SourceValue::Type::String);
    if (put_value) put_value->text = value;
    return put_value;
  }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) { return open(SourceValue::Type::Object); }
  bool start_array(std::size_t) { return open(SourceValue::Type::Array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(string_t& name) {
    key_ = name;
    key_line_ = cursor_.line();
    if (const SourceValue* first = open_.back().find(name)) {
      findings_.error_at(key_line_, pointer_to(pointer(), name),
                         "is written twice; the first is in line " + std::to_string(first->line));
    }
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& failure) {
    findings_.error_at(cursor_.line(), "", "not valid JSON: " + plain_reason(failure.what()));
    return false;
  }

  SourceValue root;

 private:
  std::string pointer() const {
    std::string path;
    for (std::size_t depth = 1; depth < open_.size(); ++depth) {
      path = open_[depth - 1].type == SourceValue::Type::Array
                 ? pointer_to(path, std::to_string(open_[depth - 1].children.size()))
                 : pointer_to(path, open_[depth].key);
    }
    return path;
  }

  SourceValue make(SourceValue::Type type) {
    const bool is_member = !open_.empty() && open_.back().type == SourceValue::Type::Object;
    SourceValue value;
    value.type = type;
    value.line = is_member ? key_line_ : cursor_.line();
    if (is_member) value.key = key_;
    return value;
  }
  SourceValue* attach(SourceValue value) {
    if (open_.empty()) {
      root = std::move(value);
      return &root;
    }
    open_.back().children.push_back(std::move(value));
    return &open_.back().children.back();
  }
  bool is_within_limit() {
    if (++values_ <= config_values_max) return true;
    findings_.error_at(cursor_.line(), "", "more than " + std::to_string(config_values_max) + " values");
    return false;
  }
  SourceValue* put(SourceValue::Type type) { return is_within_limit() ? attach(make(type)) : nullptr; }
  bool put_number(double value, std::string written) {
    SourceValue* put_value = put(SourceValue::Type::Number);
    if (!put_value) return false;
    put_value->number = value;
    put_value->text = std::move(written);
    return true;
  }
  bool open(SourceValue::Type type) {
    if (!is_within_limit()) return false;
    if (open_.size() == static_cast<std::size_t>(config_depth_max)) {
      findings_.error_at(cursor_.line(), "",
                         "nested more than " + std::to_string(config_depth_max) + " deep");
      return false;
    }
    open_.push_back(make(type));
    return true;
  }
  bool close() {
    SourceValue value = std::move(open_.back());
    open_.pop_back();
    attach(std::move(value));
    return true;
  }

  Cursor& cursor_;
  Findings& findings_;
  std::vector<SourceValue> open_;  // not closed yet, outermost first
  std::string key_;
  int key_line_ = 1;
  std::size_t values_ = 0;
};

}  // namespace

const SourceValue* SourceValue::find(std::string_view member) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [member](const SourceValue& child) { return child.key == member; });
  return found == children.end() ? nullptr : &*found;
}

std::optional<SourceValue> read_source(std::string_view text, Findings& findings) {
  if (text.size() > config_bytes_max) {
    findings.error("", "is larger than " + std::to_string(config_bytes_max) + " bytes");
    return std::nullopt;
  }
  // The parser takes a byte of zero for the end of the text: what stands behind it would be passed over.
  if (const std::size_t zero = text.find('\0'); zero != text.npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(zero), '\n');
    findings.error_at(static_cast<int>(line), "", "holds a byte of zero, which no JSON text has");
    return std::nullopt;
  }
  Cursor cursor(text);
  Builder builder(cursor, findings);
  const bool is_json =
      nlohmann::json::sax_parse(CountingIterator(&cursor, 0), CountingIterator(&cursor, text.size()),
                                &builder, nlohmann::json::input_format_t::json, true, true);
  if (!is_json) return std::nullopt;
  return std::move(builder.root);
}

}  // namespace supervisor
