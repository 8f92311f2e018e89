// A JSON document that remembers the line of every value, so that errors about meaning can name it. Comments
// (// and
// /* */) are skipped, double keys are reported, size, depth and number of values are bounded. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "supervisor/config/findings.h"

namespace supervisor {

struct SourceValue {
  enum class Type { Null, Boolean, Number, String, Array, Object };
  Type type = Type::Null;
  int line = 1;  // of a member: of its key
  bool boolean = false;
  double number = 0;
  std::string text;                   // of a string; of a number, as written
  std::string key;                    // of a member of an object
  std::vector<SourceValue> children;  // of arrays and objects, in the order of the text

  const SourceValue* find(std::string_view member) const;
};

// Nothing when the text is not JSON within the limits; `findings` says where and why. Double keys are
// reported and the first one counts.
std::optional<SourceValue> read_source(std::string_view text, Findings& findings);

}  // namespace supervisor
