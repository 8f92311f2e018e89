#include "worker/picture/changes.h"

#include <algorithm>
#include <cstring>

namespace worker {
namespace {

constexpr std::uint32_t colour_bits = 0x00ffffff;
constexpr int block = 32;  // pixels that are passed over at a time
// Rows all over the picture that are looked at first, one of so many at most. Where much differs, they tell
// most of its width.
constexpr int samples = 8;
constexpr int sample_rows = 8;

bool is_same(const std::uint8_t* before, const std::uint8_t* now, int x) {
  std::uint32_t one = 0;
  std::uint32_t other = 0;
  std::memcpy(&one, before + static_cast<std::ptrdiff_t>(x) * 4, sizeof one);
  std::memcpy(&other, now + static_cast<std::ptrdiff_t>(x) * 4, sizeof other);
  return ((one ^ other) & colour_bits) == 0;
}

bool is_same_block(const std::uint8_t* before, const std::uint8_t* now, int x) {
  const auto at = static_cast<std::ptrdiff_t>(x) * 4;
  return std::memcmp(before + at, now + at, static_cast<std::size_t>(block) * 4) == 0;
}

// The first pixel of another colour before `limit`, else `limit`; the right edge of the last one behind
// `limit`, else `limit`.
int first_other(const std::uint8_t* before, const std::uint8_t* now, int limit) {
  int x = 0;
  while (x + block <= limit && is_same_block(before, now, x)) x += block;
  while (x < limit && is_same(before, now, x)) ++x;
  return x;
}

int last_other(const std::uint8_t* before, const std::uint8_t* now, int limit, int width) {
  int x = width;
  while (x - block >= limit && is_same_block(before, now, x - block)) x -= block;
  while (x > limit && is_same(before, now, x - 1)) --x;
  return x;
}

}  // namespace

Rectangle changed_box(const Bgra& before, const Bgra& now) {
  const auto equal = [&](int y, int from, int to) {
    const auto at = static_cast<std::ptrdiff_t>(from) * 4;
    const auto bytes = static_cast<std::size_t>(to - from) * 4;
    return std::memcmp(before.row(y) + at, now.row(y) + at, bytes) == 0;
  };
  // A row is looked at only outside of what is known to differ: soon nowhere, when much does.
  int left = now.width;
  int right = 0;
  const auto look = [&](int y) {
    if (left > right && equal(y, 0, now.width)) return;
    if (left > 0 && !equal(y, 0, left)) left = first_other(before.row(y), now.row(y), left);
    if (right < now.width && !equal(y, right, now.width))
      right = last_other(before.row(y), now.row(y), right, now.width);
  };
  const int count = std::min(samples, now.height / sample_rows);
  for (int i = 0; i < count; ++i) look((2 * i + 1) * now.height / (2 * count));
  int top = 0;
  while (top < now.height && equal(top, 0, now.width)) ++top;
  int bottom = now.height;
  while (bottom > top && equal(bottom - 1, 0, now.width)) --bottom;
  for (int y = top; y < bottom && (left > 0 || right < now.width); ++y) look(y);
  if (left >= right) return {};
  return {left, top, right - left, bottom - top};
}

}  // namespace worker
