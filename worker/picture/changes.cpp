#include "worker/picture/changes.h"

#include <cstring>

namespace worker {

Rectangle changed_rows(const Bgra& before, const Bgra& now) {
  const std::size_t row_bytes = static_cast<std::size_t>(now.width) * 4;
  const auto equal = [&](int y) { return std::memcmp(before.row(y), now.row(y), row_bytes) == 0; };
  int first = 0;
  while (first < now.height && equal(first)) ++first;
  if (first == now.height) return {};
  int last = now.height - 1;
  while (last > first && equal(last)) --last;
  return {0, first, now.width, last - first + 1};
}

}  // namespace worker
