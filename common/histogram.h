// How long something took, counted as Prometheus has its histograms. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace common {

// `bounds`: a constant array of seconds, ascending.
template <const auto& bounds>
struct Histogram {
  static constexpr const auto& bounds_seconds = bounds;
  std::array<std::uint64_t, std::size(bounds)> up_to{};  // each counts all that are not longer
  std::uint64_t count = 0;
  double sum_seconds = 0;

  // Below 0 counts as 0: the sum never falls.
  void add(std::int64_t took_ms) {
    const double took = took_ms > 0 ? static_cast<double>(took_ms) / 1000 : 0;
    for (std::size_t i = 0; i < up_to.size(); ++i) {
      if (took <= bounds[i]) ++up_to[i];
    }
    ++count;
    sum_seconds += took;
  }
};

// How late parts were published after their end; around the goals (0.1 s usual, 0.5 s while healing).
inline constexpr std::array part_late_bounds = {0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5};
using PartLateTimes = Histogram<part_late_bounds>;

}  // namespace common
