// A new list of inputs, collected line by line (EditInput of common/protocol.h). Pure.
#pragma once

#include <optional>
#include <vector>

#include "common/protocol.h"
#include "common/result.h"

namespace worker {

class ListEdit {
 public:
  struct List {
    std::uint64_t revision = 0;
    std::vector<common::InputSettings> inputs;
  };

  // The list with its last line, nothing before. Error: the line does not follow the one before; what was
  // collected is thrown away.
  common::Result<std::optional<List>> add(common::EditInput line);

 private:
  std::optional<List> list_;
  int count_ = 0;
};

// Both would be opened the same way: the one may take over the source of the other.
bool is_same_source(const common::InputSettings& one, const common::InputSettings& other);

}  // namespace worker
