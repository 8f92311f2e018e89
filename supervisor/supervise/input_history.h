// What happened to the inputs of a stream, for people: the last errors of each, the last switches between
// them, and how many there were for each reason. Newest first, bounded. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "supervisor/supervise/input_selector.h"
#include "supervisor/supervise/snapshot.h"

namespace supervisor {

class InputHistory {
 public:
  static constexpr std::size_t errors_max = 10;  // of one input
  static constexpr std::size_t switches_max = 32;

  explicit InputHistory(std::size_t inputs);

  // `at`: RFC 3339. The same error again is one entry, with its last time.
  void add_error(int priority, const std::string& at, const std::string& message);
  void add_switch(SwitchSnapshot happened);
  // As InputsEdited: the errors of what stays go with it.
  void edit(const std::vector<int>& former);
  // Of the former supervisor; what is above switches_max is left out. Counts begin anew.
  void restore(std::vector<SwitchSnapshot> switches);

  // Of an input that is not there: none.
  const std::vector<InputSnapshot::Failure>& errors(int priority) const;
  const std::vector<SwitchSnapshot>& switches() const { return switches_; }
  // Every reason is there.
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

 private:
  std::vector<std::vector<InputSnapshot::Failure>> errors_;
  std::vector<SwitchSnapshot> switches_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace supervisor
