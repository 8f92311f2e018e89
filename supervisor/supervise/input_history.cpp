#include "supervisor/supervise/input_history.h"

#include <utility>

namespace supervisor {

InputHistory::InputHistory(std::size_t inputs) : errors_(inputs) {
  for (std::size_t i = 0; i < switch_reason_count; ++i) {
    counts_[std::string(switch_reason_word(static_cast<SwitchReason>(i)))] = 0;
  }
}

void InputHistory::add_error(int priority, const std::string& at, const std::string& message) {
  if (priority < 0 || priority >= static_cast<int>(errors_.size())) return;
  auto& errors = errors_[static_cast<std::size_t>(priority)];
  if (!errors.empty() && errors.front().message == message) {
    errors.front().at = at;
    return;
  }
  errors.insert(errors.begin(), {at, message});
  if (errors.size() > errors_max) errors.pop_back();
}

void InputHistory::add_switch(SwitchSnapshot happened) {
  ++counts_[happened.reason];
  switches_.insert(switches_.begin(), std::move(happened));
  if (switches_.size() > switches_max) switches_.pop_back();
}

void InputHistory::edit(const std::vector<int>& former) {
  std::vector<std::vector<InputSnapshot::Failure>> errors(former.size());
  for (std::size_t i = 0; i < former.size(); ++i) errors[i] = this->errors(former[i]);
  errors_ = std::move(errors);
}

void InputHistory::restore(std::vector<SwitchSnapshot> switches) {
  if (switches.size() > switches_max) switches.resize(switches_max);
  switches_ = std::move(switches);
}

const std::vector<InputSnapshot::Failure>& InputHistory::errors(int priority) const {
  static const std::vector<InputSnapshot::Failure> none;
  if (priority < 0 || priority >= static_cast<int>(errors_.size())) return none;
  return errors_[static_cast<std::size_t>(priority)];
}

}  // namespace supervisor
