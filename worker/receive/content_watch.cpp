#include "worker/receive/content_watch.h"

#include <algorithm>
#include <cstdlib>
#include <type_traits>

namespace worker {
namespace {

using std::chrono::milliseconds;

// Of a block every second row is enough.
constexpr int row_step = 2;

// A width that the compiler knows takes a fraction of the time.
template <typename Width>
int mean_of(const std::uint8_t* first, int stride, Width width, int height) {
  int sum = 0, rows = 0;
  for (int y = 0; y < height; y += row_step, ++rows) {
    const std::uint8_t* row = first + static_cast<std::ptrdiff_t>(stride) * y;
    for (int x = 0; x < width; ++x) sum += row[x];
  }
  return sum / (rows * width);
}

int mean_of_block(const LumaView& picture, int left, int top) {
  constexpr std::integral_constant<int, ContentWatch::block> whole;
  const std::uint8_t* first = picture.data + static_cast<std::ptrdiff_t>(picture.stride) * top + left;
  const int width = std::min(ContentWatch::block, picture.width - left);
  const int height = std::min(ContentWatch::block, picture.height - top);
  return width == whole ? mean_of(first, picture.stride, whole, height)
                        : mean_of(first, picture.stride, width, height);
}

bool differ(const std::vector<int>& one, const std::vector<int>& other) {
  return !std::equal(one.begin(), one.end(), other.begin(), other.end(),
                     [](int a, int b) { return std::abs(a - b) < ContentWatch::change_min; });
}

bool is_dark(const std::vector<int>& means) {
  return std::all_of(means.begin(), means.end(), [](int mean) { return mean <= ContentWatch::black_max; });
}

}  // namespace

void ContentWatch::look(const LumaView& picture, bool broken, common::MonoTime now) {
  note_broken(broken, now);
  newest_ = now;
  if (rests(picture, now)) return;
  measure(picture);
  const bool same = same_ && !differ(means_, reference_);
  changed_ = changed_ || (same_ && !same);
  if (same) {
    same_->to = now;
  } else {
    same_ = Run{now, now};
    reference_ = means_;
  }
  const bool dark = is_dark(means_);
  if (!dark) {
    black_.reset();
  } else if (black_) {
    black_->to = now;
  } else {
    black_ = Run{now, now};
  }
  lively_at_ = changed_ && !same && !dark ? std::optional(now) : std::nullopt;
}

void ContentWatch::begin_anew() {
  *this = {};
}

common::ContentTimes ContentWatch::times() const {
  common::ContentTimes times;
  if (same_) times[common::ContentFault::Frozen] = length(*same_);
  if (black_) times[common::ContentFault::Black] = length(*black_);
  if (broken_) times[common::ContentFault::Corrupt] = length(*broken_);
  return times;
}

milliseconds ContentWatch::length(const Run& run) {
  return std::chrono::duration_cast<milliseconds>(run.to - run.from);
}

bool ContentWatch::disproves(common::ContentFault fault) const {
  switch (fault) {
    case common::ContentFault::Frozen:
      return changed_;
    case common::ContentFault::Black:
      return same_ && !black_;
    case common::ContentFault::Corrupt:
      break;
  }
  return clean_from_ && newest_ - *clean_from_ >= clean_time;
}

bool ContentWatch::rests(const LumaView& picture, common::MonoTime now) const {
  return lively_at_ && now - *lively_at_ < rest && picture.width == width_ && picture.height == height_;
}

void ContentWatch::note_broken(bool broken, common::MonoTime now) {
  if (broken_ && now - broken_->to >= clean_time) broken_.reset();
  if (broken) {
    broken_ = Run{broken_ ? broken_->from : now, now};
    clean_from_.reset();
  } else if (!clean_from_) {
    clean_from_ = now;
  }
}

void ContentWatch::measure(const LumaView& picture) {
  width_ = picture.width;
  height_ = picture.height;
  means_.clear();
  for (int top = 0; top < height_; top += block)
    for (int left = 0; left < width_; left += block) means_.push_back(mean_of_block(picture, left, top));
}

}  // namespace worker
