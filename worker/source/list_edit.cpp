#include "worker/source/list_edit.h"

#include <string>
#include <utility>

namespace worker {

common::Result<std::optional<ListEdit::List>> ListEdit::add(common::EditInput line) {
  if (line.priority == 0) {
    list_ = List{line.revision, {}};
    count_ = line.count;
  }
  const bool follows = list_ && line.revision == list_->revision && line.count == count_ &&
                       line.priority == static_cast<int>(list_->inputs.size());
  if (!follows) {
    list_.reset();
    return common::error("input " + std::to_string(line.priority) + " of revision " +
                         std::to_string(line.revision) +
                         " does not follow the line before; send the list again from input 0");
  }
  list_->inputs.push_back(std::move(line.input));
  if (static_cast<int>(list_->inputs.size()) < count_) return std::optional<List>();
  return std::exchange(list_, std::nullopt);
}

bool is_same_source(const common::InputSettings& one, const common::InputSettings& other) {
  const auto bare = [](common::InputSettings input) {
    // How it came to be open, and what the supervisor alone goes by.
    input.chosen_monitor.reset();
    input.exclusive = false;
    input.timeout = 0;
    // Whether somebody looks at its pictures, not what the supervisor makes of that.
    input.frozen_after = common::content_limits(input) != common::ContentTimes{} ? 1 : 0;
    input.black_after = input.corrupt_after = 0;
    return input;
  };
  return bare(one) == bare(other);
}

}  // namespace worker
