#include "supervisor/report/history_ring.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace supervisor {
namespace {

constexpr float nothing = std::numeric_limits<float>::quiet_NaN();

struct SavedHead {
  std::uint64_t columns;
  std::uint64_t count;
  std::int64_t first;
};

}  // namespace

HistoryRing::HistoryRing(std::size_t slots, std::span<const Merge> columns)
    : slots_(slots),
      merge_(columns.begin(), columns.end()),
      values_(slots * columns.size(), nothing),
      merged_(columns.size()),
      counts_(columns.size()) {}

std::size_t HistoryRing::place(std::int64_t interval, std::size_t column) const {
  const auto count = static_cast<std::int64_t>(slots_);
  // Intervals before the start of the machine's clock are negative.
  const std::int64_t slot = (interval % count + count) % count;
  return static_cast<std::size_t>(slot) * merge_.size() + column;
}

std::int64_t HistoryRing::first() const {
  return std::max(oldest_, last_ - static_cast<std::int64_t>(slots_) + 1);
}

float HistoryRing::at(std::int64_t interval, std::size_t column) const {
  if (interval < first() || interval > last_) return nothing;
  return values_[place(interval, column)];
}

void HistoryRing::add(std::int64_t interval, std::span<const float> values) {
  if (is_open_ && interval < open_) return;
  if (is_open_ && interval > open_) complete();
  if (!is_open_) {
    is_open_ = true;
    open_ = interval;
    std::fill(merged_.begin(), merged_.end(), 0.0);
    std::fill(counts_.begin(), counts_.end(), 0);
  }
  for (std::size_t i = 0; i < merge_.size() && i < values.size(); ++i) {
    const auto value = static_cast<double>(values[i]);
    if (!std::isfinite(value)) continue;
    if (merge_[i] == Merge::Mean) {
      merged_[i] += value;
    } else if (merge_[i] == Merge::Last || counts_[i] == 0) {
      merged_[i] = value;
    } else {
      merged_[i] = std::max(merged_[i], value);
    }
    ++counts_[i];
  }
}

void HistoryRing::complete() {
  is_open_ = false;
  if (is_empty()) {
    oldest_ = open_;
  } else {
    // The slots of intervals that were left out hold what is long over; more than all of them is all.
    const std::int64_t from = std::max(last_ + 1, open_ - static_cast<std::int64_t>(slots_) + 1);
    for (std::int64_t gap = from; gap < open_; ++gap) {
      for (std::size_t i = 0; i < merge_.size(); ++i) values_[place(gap, i)] = nothing;
    }
  }
  last_ = open_;
  for (std::size_t i = 0; i < merge_.size(); ++i) {
    const double divisor = merge_[i] == Merge::Mean ? counts_[i] : 1;
    values_[place(last_, i)] = counts_[i] > 0 ? static_cast<float>(merged_[i] / divisor) : nothing;
  }
}

void HistoryRing::save(std::string& out) const {
  const std::int64_t count = is_empty() ? 0 : last_ - first() + 1;
  const SavedHead head{merge_.size(), static_cast<std::uint64_t>(count), first()};
  out.append(reinterpret_cast<const char*>(&head), sizeof head);
  for (std::int64_t i = 0; i < count; ++i) {
    const float* row = values_.data() + place(head.first + i, 0);
    out.append(reinterpret_cast<const char*>(row), merge_.size() * sizeof(float));
  }
}

bool HistoryRing::restore(std::string_view& in, std::int64_t shift) {
  SavedHead head{};
  if (in.size() < sizeof head) return false;
  std::memcpy(&head, in.data(), sizeof head);
  in.remove_prefix(sizeof head);
  constexpr std::int64_t far_away = std::int64_t{1} << 40;  // seconds: no clock is there
  const bool is_near = std::abs(head.first) < far_away && std::abs(shift) < far_away;
  if (head.columns != merge_.size() || head.count > slots_ || !is_near) return false;
  const std::size_t row_bytes = merge_.size() * sizeof(float);
  if (in.size() < head.count * row_bytes) return false;
  oldest_ = head.first + shift;
  last_ = oldest_ + static_cast<std::int64_t>(head.count) - 1;
  for (std::int64_t interval = oldest_; interval <= last_; ++interval) {
    std::memcpy(values_.data() + place(interval, 0), in.data(), row_bytes);
    in.remove_prefix(row_bytes);
  }
  return true;
}

}  // namespace supervisor
