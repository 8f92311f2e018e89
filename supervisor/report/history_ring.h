// Some columns of figures over the last so many intervals of time: one slot for each interval, empty (not a
// number) where nothing was measured. What comes within one interval is merged by the rule of its column. The
// interval that runs is not shown yet. Pure; intervals are numbered, time is not known here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace supervisor {

enum class Merge { Mean, Peak, Last };

class HistoryRing {
 public:
  HistoryRing(std::size_t slots, std::span<const Merge> columns);

  // A value for each column; not a number: not measured. Intervals only rise; those left out are empty.
  void add(std::int64_t interval, std::span<const float> values);

  // The newest interval that is complete; before the first one: nothing is kept, is_empty() holds.
  std::int64_t last() const { return last_; }
  // The oldest interval that is kept.
  std::int64_t first() const;
  bool is_empty() const { return last_ < oldest_; }
  // Not a number outside of first() to last().
  float at(std::int64_t interval, std::size_t column) const;

  std::size_t columns() const { return merge_.size(); }
  std::size_t slots() const { return slots_; }
  std::size_t bytes() const { return values_.capacity() * sizeof(float); }

  // The complete intervals as bytes of this machine; restore() shifts them by `shift` intervals and refuses
  // (false) what was saved by a ring of another shape. Precondition of restore: nothing was added yet.
  void save(std::string& out) const;
  bool restore(std::string_view& in, std::int64_t shift);

 private:
  std::size_t place(std::int64_t interval, std::size_t column) const;
  void complete();

  std::size_t slots_;
  std::vector<Merge> merge_;
  std::vector<float> values_;
  std::int64_t oldest_ = 0, last_ = -1;  // complete intervals ever: last < oldest: none
  std::int64_t open_ = 0;                // the interval that runs
  bool is_open_ = false;
  std::vector<double> merged_;
  std::vector<int> counts_;
};

}  // namespace supervisor
