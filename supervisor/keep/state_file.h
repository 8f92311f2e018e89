// The state file as text: what of every stream goes on after a restart of the service or of the machine.
// JSON with a version; pure. Whatever the text is, parse_state answers with a state or with why not
// (fuzz_state_file); a newer version is refused, unknown keys of the same version are ignored.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/result.h"
#include "supervisor/keep/numbering.h"
#include "supervisor/supervise/saved.h"

namespace supervisor {

struct SavedStream {
  Numbers numbers;
  SavedSupervision supervision;
  friend bool operator==(const SavedStream&, const SavedStream&) = default;
};

struct SavedState {
  static constexpr int version = 1;
  std::map<std::string, SavedStream> streams;  // by name
  friend bool operator==(const SavedState&, const SavedState&) = default;
};

std::string format_state(const SavedState& state);
common::Result<SavedState> parse_state(std::string_view text);

}  // namespace supervisor
