// How much there is to code in a picture: the sum of what neighbouring pixels differ by (luma, across and
// down, every fourth row), and a little for each macroblock. What an encoder spends without a reference grows
// with it. Plain data.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

namespace worker {

struct Detail {
  // H.264 QP. Those above 51 are 51 to the decoder: x264 leaves out the more.
  static constexpr std::size_t quantizers = 61;

  double changed = 0;                         // in what differs from the picture before
  std::array<double, quantizers> standing{};  // in what does not, by the quantizer it was coded with

  double whole() const { return std::accumulate(standing.begin(), standing.end(), changed); }
  // The coarsest quantizer of what stands; 0: there is nothing to be seen in it.
  int coarsest() const {
    const auto found =
        std::find_if(standing.rbegin(), standing.rend(), [](double detail) { return detail > 0; });
    return static_cast<int>(standing.rend() - found) - (found == standing.rend() ? 0 : 1);
  }
};

}  // namespace worker
